"""Delegations: who is away hands deciding over for some days; whoever asked for something can think better of it."""

from alembic import op
from app.core.migrations import run_sql

revision = "0004_delegations"
down_revision = "0003_history"
branch_labels = None
depends_on = None

DECIDED = (
    "adjustments",
    "bonuses",
    "cash_requests",
    "leaves",
    "purchase_orders",
    "stock_counts",
    "stock_requests",
    "transfers",
)

STATES = "'proposed', 'approved', 'rejected'"

WISHES = ("bonuses", "cash_requests", "leaves")

WITHDRAW = (("clerk", "adjustment"), ("clerk", "cash_request"), ("frontdesk", "cash_request"))
"""Who may withdraw what from now on, of the built-in roles; managers may do everything with them anyway."""


def upgrade() -> None:
    bind = op.get_bind()
    run_sql(bind, "0004_delegations/_handed_over.sql")
    op.execute("ALTER TABLE delegations ALTER COLUMN user_id SET DEFAULT backroom.actor()")
    for table in WISHES:
        _may_be(table, f"{STATES}, 'withdrawn'")
    for table in (*DECIDED, "delegations"):
        run_sql(bind, f"0004_delegations/{table}.sql")
    for role, entity in WITHDRAW:
        op.execute(
            f"INSERT INTO permissions (role_id, entity, verb) SELECT id, '{entity}', 'withdraw' FROM roles"
            f" WHERE name = '{role}' ON CONFLICT DO NOTHING"
        )
    # What was proposed before asked nobody yet.
    for table, entity, asker in (
        ("bonuses", "bonus", "(SELECT s.user_id FROM staff s WHERE s.id = t.staff_id)"),
        ("cash_requests", "cash_request", "t.requested_by_id"),
        ("leaves", "leave", "(SELECT s.user_id FROM staff s WHERE s.id = t.staff_id)"),
        ("transfers", "transfer", "t.requested_by_id"),
    ):
        waits = "requested" if table == "transfers" else "proposed"
        op.execute(
            "INSERT INTO approvals (entity, record_id, verb, asked_by_id, state, created_at)"
            f" SELECT '{entity}', t.id, 'approve', {asker}, 'waiting', t.created_at FROM {table} t"
            f" WHERE t.state = '{waits}' AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.entity = '{entity}'"
            " AND a.record_id = t.id AND a.state = 'waiting')"
        )


def downgrade() -> None:
    bind = op.get_bind()
    op.execute("DELETE FROM permissions WHERE verb = 'withdraw'")
    # What was withdrawn is not granted either.
    for table in WISHES:
        op.execute(f"UPDATE {table} SET state = 'rejected' WHERE state = 'withdrawn'")
        _may_be(table, STATES)
    op.execute("DROP TRIGGER raise_access_epoch ON delegations")
    op.execute("ALTER TABLE delegations ALTER COLUMN user_id DROP DEFAULT")
    run_sql(bind, "0004_delegations/_own_grants_only.sql")


def _may_be(table: str, states: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_state_known"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_state_known"), table, f"state IN ({states})")
