"""Receipts: what came of a write is written down once, at its end, and is one change in the feed."""

from alembic import op
from app.core.migrations import run_sql

revision = "0009_receipts"
down_revision = "0008_remarks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(op.get_bind(), "0009_receipts/_receipts.sql")


def downgrade() -> None:
    run_sql(op.get_bind(), "0009_receipts/_receipts_down.sql")
