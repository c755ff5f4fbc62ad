"""History: the feed is read by entity and by operation too, and tells what records were at a past moment."""

from alembic import op
from app.core.migrations import run_sql

revision = "0003_history"
down_revision = "0002_front_desk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(op.get_bind(), "0003_history/_history.sql")


def downgrade() -> None:
    run_sql(op.get_bind(), "0003_history/_history_down.sql")
