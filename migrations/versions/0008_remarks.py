"""Remarks: what hangs on a record is seen by whoever sees the record, in the feed and in the past as on its page."""

from alembic import op
from app.core.migrations import run_sql

revision = "0008_remarks"
down_revision = "0007_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(op.get_bind(), "0008_remarks/_remarks.sql")


def downgrade() -> None:
    run_sql(op.get_bind(), "0008_remarks/_remarks_down.sql")
