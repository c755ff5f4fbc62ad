"""The past: rebuilt for the columns that a question needs, deleted lines found a stretch of days at a time."""

from alembic import op
from app.core.migrations import run_sql

revision = "0005_past"
down_revision = "0004_delegations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(op.get_bind(), "0005_past/_past.sql")


def downgrade() -> None:
    run_sql(op.get_bind(), "0005_past/_past_down.sql")
