"""The inbox: nothing asks twice, and what waits is found at once however much has been decided."""

import sqlalchemy as sa
from alembic import op

revision = "0006_inbox"
down_revision = "0005_past"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE approvals a SET state = 'withdrawn' WHERE state = 'waiting' AND EXISTS (SELECT 1 FROM approvals b"
        " WHERE b.entity = a.entity AND b.record_id = a.record_id AND b.verb = a.verb AND b.state = 'waiting' AND b.id > a.id)"
    )
    op.create_index(
        "uq_approvals_waiting",
        "approvals",
        ["record_id", "entity", "verb"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_index("uq_approvals_waiting", table_name="approvals", postgresql_where=sa.text("state = 'waiting'"))
