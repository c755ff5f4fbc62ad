"""The front desk: refunds know the lines they give back, discounts have amounts and a limit, receipts can be discarded."""

import sqlalchemy as sa
from alembic import op
from app.core.migrations import run_sql

revision = "0002_front_desk"
down_revision = "0001_house"
branch_labels = None
depends_on = None

WORTH = "round(quantity * unit_price * (1 - discount / 100), 2)"

STATES = "'draft', 'posted', 'reversed'"


def upgrade() -> None:
    bind = op.get_bind()
    op.execute("DROP VIEW IF EXISTS backroom.seen_sale_lines")
    op.add_column(
        "sale_lines",
        sa.Column("reduction", sa.Numeric(precision=14, scale=2), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("sale_lines", sa.Column("refund_of_line_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_sale_lines_refund_of_line_id"), "sale_lines", ["refund_of_line_id"])
    op.create_foreign_key(
        op.f("fk_sale_lines_refund_of_line_id"), "sale_lines", "sale_lines", ["refund_of_line_id"], ["id"]
    )
    op.create_check_constraint(op.f("ck_sale_lines_reduction_sensible"), "sale_lines", "reduction * quantity >= 0")
    _work_out(f"{WORTH} - reduction")
    _receipts_may_be(f"{STATES}, 'discarded'")
    run_sql(bind, "0002_front_desk/_discount_limit.sql")
    run_sql(bind, "0002_front_desk/sale_lines.sql")
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'goods_receipt', 'discard' FROM roles"
        " WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.execute("DELETE FROM permissions WHERE (entity, verb) IN (('goods_receipt', 'discard'), ('sale', 'discount'))")
    op.execute("DROP FUNCTION IF EXISTS backroom.discount_limit()")
    # What was discarded never came: as a draft it can be looked at and deleted.
    op.execute("UPDATE goods_receipts SET state = 'draft' WHERE state = 'discarded'")
    _receipts_may_be(STATES)
    op.execute("DROP VIEW IF EXISTS backroom.seen_sale_lines")
    _work_out(WORTH)
    op.drop_constraint(op.f("ck_sale_lines_reduction_sensible"), "sale_lines", type_="check")
    op.drop_constraint(op.f("fk_sale_lines_refund_of_line_id"), "sale_lines", type_="foreignkey")
    op.drop_index(op.f("ix_sale_lines_refund_of_line_id"), table_name="sale_lines")
    op.drop_column("sale_lines", "refund_of_line_id")
    op.drop_column("sale_lines", "reduction")
    run_sql(op.get_bind(), "0001_house/sale_lines.sql")


def _work_out(total: str) -> None:
    """PostgreSQL before 17 can't change how a column is worked out: it is made anew."""
    op.drop_column("sale_lines", "total")
    op.add_column(
        "sale_lines",
        sa.Column("total", sa.Numeric(precision=14, scale=2), sa.Computed(total, persisted=True), nullable=True),
    )


def _receipts_may_be(states: str) -> None:
    op.drop_constraint(op.f("ck_goods_receipts_state_known"), "goods_receipts", type_="check")
    op.create_check_constraint(op.f("ck_goods_receipts_state_known"), "goods_receipts", f"state IN ({states})")
