"""Retention: how far back cursors and history reach, and the feed's oldest days go one by one."""

from alembic import op
from app.core.migrations import run_sql

revision = "0007_retention"
down_revision = "0006_inbox"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(op.get_bind(), "0007_retention/_retention.sql")


def downgrade() -> None:
    run_sql(op.get_bind(), "0007_retention/_retention_down.sql")
