"""The house: every entity's table, the roles, the change feed and the rules that guard them."""

import sqlalchemy as sa
from alembic import op
from app.core.migrations import run_sql
from sqlalchemy.dialects import postgresql

revision = "0001_house"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    bind = op.get_bind()
    for name in ("_server_roles", "_identity", "_versions", "_changes"):
        run_sql(bind, f"0001_house/{name}.sql")
    op.execute("CREATE SEQUENCE IF NOT EXISTS number_ad")
    op.execute("CREATE SEQUENCE IF NOT EXISTS number_gr")
    op.execute("CREATE SEQUENCE IF NOT EXISTS number_po")
    op.execute("CREATE SEQUENCE IF NOT EXISTS number_cn")
    op.execute("CREATE SEQUENCE IF NOT EXISTS number_rq")
    op.execute("CREATE SEQUENCE IF NOT EXISTS number_tr")
    op.execute("CREATE SEQUENCE IF NOT EXISTS number_cr")
    op.execute("CREATE SEQUENCE IF NOT EXISTS number_so")
    op.execute("CREATE SEQUENCE IF NOT EXISTS number_sh")
    op.execute("CREATE SEQUENCE IF NOT EXISTS number_ap")
    op.execute("CREATE SEQUENCE IF NOT EXISTS number_sr")
    op.create_table(
        "brands",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("picture", sa.String(length=120), nullable=True),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brands")),
        sa.UniqueConstraint("name", name=op.f("uq_brands_name")),
    )
    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.String(length=2000), nullable=True),
        sa.Column("picture", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["categories.id"], name=op.f("fk_categories_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint(
            "parent_id", "name", name=op.f("uq_categories_parent_id_name"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_table(
        "job_runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'running'"), nullable=False),
        sa.Column(
            "result", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("problem", sa.String(length=4000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name=op.f("ck_job_runs_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
    )
    op.create_table(
        "locations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), server_default=sa.text("'store'"), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("time_zone", sa.String(length=60), server_default=sa.text("'UTC'"), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("receives_transfers", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('store', 'salon', 'warehouse', 'head_office', 'online', 'region')",
            name=op.f("ck_locations_kind_known"),
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["locations.id"], name=op.f("fk_locations_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locations")),
        sa.UniqueConstraint("code", name=op.f("uq_locations_code")),
    )
    op.create_index(op.f("ix_locations_parent_id"), "locations", ["parent_id"], unique=False)
    op.create_table(
        "loyalty_programs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("points_per_unit", sa.Numeric(precision=14, scale=3), server_default=sa.text("1"), nullable=False),
        sa.Column("silver_from", sa.Integer(), nullable=True),
        sa.Column("gold_from", sa.Integer(), nullable=True),
        sa.Column("platinum_from", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_programs")),
        sa.UniqueConstraint("name", name=op.f("uq_loyalty_programs_name")),
    )
    op.create_table(
        "reasons",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("direction", sa.String(length=20), server_default=sa.text("'out'"), nullable=False),
        sa.Column("needs_note", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("approval_limit", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("direction IN ('out', 'in', 'both')", name=op.f("ck_reasons_direction_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reasons")),
        sa.UniqueConstraint("name", name=op.f("uq_reasons_name")),
    )
    op.create_table(
        "roles",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("built_in", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
    )
    op.create_table(
        "settings",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=True),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
        sa.UniqueConstraint("name", name=op.f("uq_settings_name")),
    )
    op.create_table(
        "suppliers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("customer_number", sa.String(length=40), nullable=True),
        sa.Column("contact_name", sa.String(length=120), nullable=True),
        sa.Column("contact_title", sa.String(length=80), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("city", sa.String(length=80), nullable=True),
        sa.Column("region", sa.String(length=80), nullable=True),
        sa.Column("postcode", sa.String(length=20), nullable=True),
        sa.Column("country", sa.String(length=80), nullable=True),
        sa.Column("payment_days", sa.Integer(), nullable=True),
        sa.Column("lead_days", sa.Integer(), nullable=True),
        sa.Column("terms", sa.String(length=500), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppliers")),
        sa.UniqueConstraint("name", name=op.f("uq_suppliers_name")),
    )
    op.create_table(
        "tax_rates",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rate", sa.Numeric(precision=7, scale=3), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rates")),
        sa.UniqueConstraint("name", name=op.f("uq_tax_rates_name")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("picture", sa.String(length=120), nullable=True),
        sa.Column("language", sa.String(length=20), server_default=sa.text("'en'"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("link_hash", sa.String(length=64), nullable=True),
        sa.Column("totp_secret", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("language IN ('en')", name=op.f("ck_users_language_known")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_in_lower_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_users_link_hash")),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column(
            "events", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("signing_key", sa.String(length=200), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "adjustments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column(
            "number", sa.String(length=40), server_default=sa.text("backroom.number('AD', 'number_ad')"), nullable=False
        ),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("reason_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("picture", sa.String(length=120), nullable=True),
        sa.Column("value", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_by_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'proposed', 'posted', 'rejected', 'reversed')", name=op.f("ck_adjustments_state_known")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_adjustments_decided_by_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_adjustments_location_id")),
        sa.ForeignKeyConstraint(["posted_by_id"], ["users.id"], name=op.f("fk_adjustments_posted_by_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_adjustments_proposed_by_id")),
        sa.ForeignKeyConstraint(["reason_id"], ["reasons.id"], name=op.f("fk_adjustments_reason_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["adjustments.id"], name=op.f("fk_adjustments_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
        sa.UniqueConstraint("number", name=op.f("uq_adjustments_number")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_adjustments_reverses_id")),
    )
    op.create_index(op.f("ix_adjustments_reason_id"), "adjustments", ["reason_id"], unique=False)
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("begins_with", sa.String(length=12), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "scopes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.String(length=60), server_default=sa.text("'approve'"), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), server_default=sa.text("backroom.actor()"), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("on_behalf_of_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state IN ('approved', 'rejected')) = (decided_at IS NOT NULL)", name=op.f("ck_approvals_decided_when")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'rejected', 'withdrawn')", name=op.f("ck_approvals_state_known")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_approvals_asked_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_approvals_decided_by_id")),
        sa.ForeignKeyConstraint(["on_behalf_of_id"], ["users.id"], name=op.f("fk_approvals_on_behalf_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_asked_by_id"), "approvals", ["asked_by_id"], unique=False)
    op.create_index(op.f("ix_approvals_decided_by_id"), "approvals", ["decided_by_id"], unique=False)
    op.create_index(op.f("ix_approvals_on_behalf_of_id"), "approvals", ["on_behalf_of_id"], unique=False)
    op.create_index(op.f("ix_approvals_record_id"), "approvals", ["record_id"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("file", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.String(length=120), nullable=True),
        sa.Column("uploaded_by_id", sa.Uuid(), server_default=sa.text("backroom.actor()"), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["users.id"], name=op.f("fk_attachments_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_entity_record_id"), "attachments", ["entity", "record_id"], unique=False)
    op.create_index(op.f("ix_attachments_record_id"), "attachments", ["record_id"], unique=False)
    op.create_index(op.f("ix_attachments_uploaded_by_id"), "attachments", ["uploaded_by_id"], unique=False)
    op.create_table(
        "cash_requests",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column(
            "number", sa.String(length=40), server_default=sa.text("backroom.number('CR', 'number_cr')"), nullable=False
        ),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("requested_by_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'proposed'"), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'rejected')", name=op.f("ck_cash_requests_state_known")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_cash_requests_location_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_cash_requests_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_requests")),
        sa.UniqueConstraint("number", name=op.f("uq_cash_requests_number")),
    )
    op.create_index(op.f("ix_cash_requests_location_id"), "cash_requests", ["location_id"], unique=False)
    op.create_index(op.f("ix_cash_requests_requested_by_id"), "cash_requests", ["requested_by_id"], unique=False)
    op.create_table(
        "clients",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("preferred_location_id", sa.Uuid(), nullable=True),
        sa.Column(
            "preferences",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("notes", sa.String(length=4000), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["preferred_location_id"], ["locations.id"], name=op.f("fk_clients_preferred_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_index(op.f("ix_clients_preferred_location_id"), "clients", ["preferred_location_id"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(length=4000), nullable=False),
        sa.Column("author_id", sa.Uuid(), server_default=sa.text("backroom.actor()"), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_comments_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_author_id"), "comments", ["author_id"], unique=False)
    op.create_index(op.f("ix_comments_entity_record_id"), "comments", ["entity", "record_id"], unique=False)
    op.create_index(op.f("ix_comments_record_id"), "comments", ["record_id"], unique=False)
    op.create_table(
        "delegations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("to_user_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_delegations_ends_after_start")),
        sa.CheckConstraint("user_id <> to_user_id", name=op.f("ck_delegations_to_somebody_else")),
        sa.ForeignKeyConstraint(["to_user_id"], ["users.id"], name=op.f("fk_delegations_to_user_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_delegations_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    op.create_index(op.f("ix_delegations_to_user_id"), "delegations", ["to_user_id"], unique=False)
    op.create_index(op.f("ix_delegations_user_id"), "delegations", ["user_id"], unique=False)
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_grants_location_id")),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_grants_role_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_grants_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint(
            "user_id",
            "role_id",
            "location_id",
            name=op.f("uq_grants_user_id_role_id_location_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_grants_location_id"), "grants", ["location_id"], unique=False)
    op.create_index(op.f("ix_grants_role_id"), "grants", ["role_id"], unique=False)
    op.create_index(op.f("ix_grants_user_id"), "grants", ["user_id"], unique=False)
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("user_id", sa.Uuid(), server_default=sa.text("backroom.actor()"), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file", sa.String(length=120), nullable=True),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'checking'"), nullable=False),
        sa.Column(
            "mapping", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("changed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "refusals", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('checking', 'running', 'done', 'partly', 'failed')", name=op.f("ck_import_runs_state_known")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_import_runs_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_index(op.f("ix_import_runs_user_id"), "import_runs", ["user_id"], unique=False)
    op.create_table(
        "notification_rules",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("event", sa.String(length=20), server_default=sa.text("'created'"), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=True),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "event IN ('created', 'changed', 'state', 'removed')", name=op.f("ck_notification_rules_event_known")
        ),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_notification_rules_location_id")),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_notification_rules_role_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notification_rules_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_rules")),
    )
    op.create_index(op.f("ix_notification_rules_location_id"), "notification_rules", ["location_id"], unique=False)
    op.create_index(op.f("ix_notification_rules_role_id"), "notification_rules", ["role_id"], unique=False)
    op.create_index(op.f("ix_notification_rules_user_id"), "notification_rules", ["user_id"], unique=False)
    op.create_table(
        "operations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "answer", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_operations_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
    )
    op.create_index(op.f("ix_operations_actor_id"), "operations", ["actor_id"], unique=False)
    op.create_table(
        "permissions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.String(length=60), nullable=True),
        sa.Column("field", sa.String(length=60), nullable=True),
        sa.Column("level", sa.String(length=20), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("level IN ('hidden', 'see', 'change')", name=op.f("ck_permissions_level_known")),
        sa.CheckConstraint("(field IS NULL) = (level IS NULL)", name=op.f("ck_permissions_level_of_field")),
        sa.CheckConstraint("(verb IS NULL) <> (field IS NULL)", name=op.f("ck_permissions_verb_or_field")),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_permissions_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permissions")),
        sa.UniqueConstraint(
            "role_id",
            "entity",
            "verb",
            "field",
            name=op.f("uq_permissions_role_id_entity_verb_field"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_permissions_role_id"), "permissions", ["role_id"], unique=False)
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("sku", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("brand_id", sa.Uuid(), nullable=True),
        sa.Column("price", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("cost", sa.Numeric(precision=16, scale=6), nullable=True),
        sa.Column("unit", sa.String(length=20), server_default=sa.text("'piece'"), nullable=False),
        sa.Column("contents", sa.String(length=80), nullable=True),
        sa.Column("tax_rate_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=20), server_default=sa.text("'retail'"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("picture", sa.String(length=120), nullable=True),
        sa.Column("tracks_stock", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("description", sa.String(length=10000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('retail', 'professional')", name=op.f("ck_products_kind_known")),
        sa.CheckConstraint(
            "unit IN ('piece', 'pack', 'box', 'bag', 'bottle', 'can', 'jar', 'tube', 'pair', 'set', 'kg', 'g', 'l', 'ml', 'm')",
            name=op.f("ck_products_unit_known"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_products_brand_id")),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_products_category_id")),
        sa.ForeignKeyConstraint(["tax_rate_id"], ["tax_rates.id"], name=op.f("fk_products_tax_rate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("sku", name=op.f("uq_products_sku")),
    )
    op.create_index(op.f("ix_products_brand_id"), "products", ["brand_id"], unique=False)
    op.create_index(op.f("ix_products_category_id"), "products", ["category_id"], unique=False)
    op.create_index(op.f("ix_products_tax_rate_id"), "products", ["tax_rate_id"], unique=False)
    op.create_table(
        "purchase_orders",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column(
            "number", sa.String(length=40), server_default=sa.text("backroom.number('PO', 'number_po')"), nullable=False
        ),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("supplier_reference", sa.String(length=80), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("total", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ordered_by_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'ordered', 'partly_received', 'received', 'cancelled')",
            name=op.f("ck_purchase_orders_state_known"),
        ),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_purchase_orders_approved_by_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_purchase_orders_closed_by_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_purchase_orders_location_id")),
        sa.ForeignKeyConstraint(["ordered_by_id"], ["users.id"], name=op.f("fk_purchase_orders_ordered_by_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["suppliers.id"], name=op.f("fk_purchase_orders_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_orders_number")),
    )
    op.create_index(op.f("ix_purchase_orders_supplier_id"), "purchase_orders", ["supplier_id"], unique=False)
    op.create_table(
        "registers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_registers_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registers")),
        sa.UniqueConstraint("location_id", "code", name=op.f("uq_registers_location_id_code")),
    )
    op.create_index(op.f("ix_registers_location_id"), "registers", ["location_id"], unique=False)
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("query", sa.String(length=4000), nullable=True),
        sa.Column(
            "question", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("chart", sa.String(length=20), server_default=sa.text("'table'"), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("schedule", sa.String(length=20), server_default=sa.text("'never'"), nullable=False),
        sa.Column("last_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.Uuid(), server_default=sa.text("backroom.actor()"), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("chart IN ('table', 'bar', 'line', 'pie')", name=op.f("ck_reports_chart_known")),
        sa.CheckConstraint(
            "schedule IN ('never', 'daily', 'weekly', 'monthly')", name=op.f("ck_reports_schedule_known")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reports_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(op.f("ix_reports_user_id"), "reports", ["user_id"], unique=False)
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("query", sa.String(length=4000), nullable=True),
        sa.Column("density", sa.String(length=20), server_default=sa.text("'comfortable'"), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("user_id", sa.Uuid(), server_default=sa.text("backroom.actor()"), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("density IN ('comfortable', 'compact')", name=op.f("ck_saved_views_density_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint(
            "user_id",
            "entity",
            "name",
            name=op.f("uq_saved_views_user_id_entity_name"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_saved_views_user_id"), "saved_views", ["user_id"], unique=False)
    op.create_table(
        "services",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("price", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("tax_rate_id", sa.Uuid(), nullable=True),
        sa.Column("colour", sa.String(length=7), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("description", sa.String(length=10000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_services_minutes_positive")),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_services_category_id")),
        sa.ForeignKeyConstraint(["tax_rate_id"], ["tax_rates.id"], name=op.f("fk_services_tax_rate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint(
            "category_id", "name", name=op.f("uq_services_category_id_name"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index(op.f("ix_services_tax_rate_id"), "services", ["tax_rate_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=True),
        sa.Column("address", sa.String(length=60), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=True),
        sa.Column("agent", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('signed_in', 'refused', 'locked', 'disabled', 'link_made', 'password_set', 'signed_out')",
            name=op.f("ck_sign_ins_outcome_known"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_address_created_at"), "sign_ins", ["address", "created_at"], unique=False)
    op.create_index(op.f("ix_sign_ins_email_created_at"), "sign_ins", ["email", "created_at"], unique=False)
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.String(length=120), nullable=True),
        sa.Column("employee_number", sa.String(length=40), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("colour", sa.String(length=7), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("picture", sa.String(length=120), nullable=True),
        sa.Column("status", sa.String(length=20), server_default=sa.text("'active'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status IN ('active', 'away', 'left')", name=op.f("ck_staff_status_known")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_staff_location_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_staff_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("employee_number", name=op.f("uq_staff_employee_number")),
    )
    op.create_index(op.f("ix_staff_location_id"), "staff", ["location_id"], unique=False)
    op.create_index(op.f("ix_staff_user_id"), "staff", ["user_id"], unique=True)
    op.create_table(
        "stock_counts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column(
            "number", sa.String(length=40), server_default=sa.text("backroom.number('CN', 'number_cn')"), nullable=False
        ),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), server_default=sa.text("'full'"), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("blind", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_by_id", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by_id", sa.Uuid(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_by_id", sa.Uuid(), nullable=True),
        sa.Column("difference_value", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind <> 'category' OR category_id IS NOT NULL", name=op.f("ck_stock_counts_category_named")
        ),
        sa.CheckConstraint("kind IN ('full', 'category', 'cycle')", name=op.f("ck_stock_counts_kind_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'counting', 'review', 'posted', 'cancelled')", name=op.f("ck_stock_counts_state_known")
        ),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_stock_counts_category_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_stock_counts_location_id")),
        sa.ForeignKeyConstraint(["posted_by_id"], ["users.id"], name=op.f("fk_stock_counts_posted_by_id")),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["users.id"], name=op.f("fk_stock_counts_reviewed_by_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["users.id"], name=op.f("fk_stock_counts_started_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_counts")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_counts_number")),
    )
    op.create_index(op.f("ix_stock_counts_category_id"), "stock_counts", ["category_id"], unique=False)
    op.create_table(
        "stock_requests",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column(
            "number", sa.String(length=40), server_default=sa.text("backroom.number('RQ', 'number_rq')"), nullable=False
        ),
        sa.Column("to_location_id", sa.Uuid(), nullable=False),
        sa.Column("from_location_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("needed_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'requested', 'approved', 'fulfilled', 'rejected', 'cancelled')",
            name=op.f("ck_stock_requests_state_known"),
        ),
        sa.CheckConstraint("from_location_id <> to_location_id", name=op.f("ck_stock_requests_two_locations")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_stock_requests_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["from_location_id"], ["locations.id"], name=op.f("fk_stock_requests_from_location_id")
        ),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_stock_requests_requested_by_id")),
        sa.ForeignKeyConstraint(["to_location_id"], ["locations.id"], name=op.f("fk_stock_requests_to_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_requests")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_requests_number")),
    )
    op.create_index(
        op.f("ix_stock_requests_from_location_id_created_at_id"),
        "stock_requests",
        ["from_location_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_stock_requests_to_location_id_created_at_id"),
        "stock_requests",
        ["to_location_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "store_reports",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column(
            "number", sa.String(length=40), server_default=sa.text("backroom.number('SR', 'number_sr')"), nullable=False
        ),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("remarks", sa.String(length=4000), nullable=True),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'submitted', 'read')", name=op.f("ck_store_reports_state_known")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_store_reports_author_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_store_reports_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_reports")),
        sa.UniqueConstraint("number", name=op.f("uq_store_reports_number")),
    )
    op.create_index(op.f("ix_store_reports_author_id"), "store_reports", ["author_id"], unique=False)
    op.create_index(op.f("ix_store_reports_location_id"), "store_reports", ["location_id"], unique=False)
    op.create_table(
        "terminals",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), server_default=sa.text("'till'"), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sync_cursor", sa.String(length=500), nullable=True),
        sa.Column("app_version", sa.String(length=40), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('till', 'scanner', 'device')", name=op.f("ck_terminals_kind_known")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_terminals_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terminals")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_terminals_key_hash")),
    )
    op.create_index(op.f("ix_terminals_location_id"), "terminals", ["location_id"], unique=False)
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(length=120), nullable=False),
        sa.Column(
            "payload", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'failed')", name=op.f("ck_webhook_deliveries_state_known")
        ),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_next_attempt_at"),
        "webhook_deliveries",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(op.f("ix_webhook_deliveries_webhook_id"), "webhook_deliveries", ["webhook_id"], unique=False)
    op.create_table(
        "adjustment_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("adjustment_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("unit_cost", sa.Numeric(precision=16, scale=6), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_adjustment_lines_quantity_sensible")),
        sa.ForeignKeyConstraint(["adjustment_id"], ["adjustments.id"], name=op.f("fk_adjustment_lines_adjustment_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_adjustment_lines_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment_lines")),
        sa.UniqueConstraint("adjustment_id", "product_id", name=op.f("uq_adjustment_lines_adjustment_id_product_id")),
    )
    op.create_index(op.f("ix_adjustment_lines_product_id"), "adjustment_lines", ["product_id"], unique=False)
    op.create_table(
        "appointments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column(
            "number", sa.String(length=40), server_default=sa.text("backroom.number('AP', 'number_ap')"), nullable=False
        ),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), server_default=sa.text("30"), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'booked'"), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("staff_id"), "="),
            (
                sa.text(
                    "tsrange(starts_at AT TIME ZONE 'UTC', (starts_at AT TIME ZONE 'UTC') + minutes * interval '1 minute')"
                ),
                "&&",
            ),
            where=sa.text("state NOT IN ('cancelled', 'no_show')"),
            using="gist",
            name="no_two_at_once",
        ),
        sa.CheckConstraint(
            "state IN ('booked', 'confirmed', 'arrived', 'done', 'no_show', 'cancelled')",
            name=op.f("ck_appointments_state_known"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_appointments_client_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_appointments_location_id")),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_appointments_service_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_appointments_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
        sa.UniqueConstraint("number", name=op.f("uq_appointments_number")),
    )
    op.create_index(op.f("ix_appointments_client_id"), "appointments", ["client_id"], unique=False)
    op.create_index(op.f("ix_appointments_location_id"), "appointments", ["location_id"], unique=False)
    op.create_index(
        op.f("ix_appointments_location_id_starts_at_id"),
        "appointments",
        ["location_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_appointments_service_id"), "appointments", ["service_id"], unique=False)
    op.create_index(op.f("ix_appointments_staff_id"), "appointments", ["staff_id"], unique=False)
    op.create_table(
        "attendances",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("clocked_in_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("clocked_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.String(length=20), server_default=sa.text("'screen'"), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("source IN ('screen', 'terminal', 'manager')", name=op.f("ck_attendances_source_known")),
        sa.CheckConstraint(
            "clocked_out_at IS NULL OR clocked_out_at >= clocked_in_at",
            name=op.f("ck_attendances_clocked_out_at_sensible"),
        ),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_attendances_location_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_attendances_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendances")),
    )
    op.create_index(op.f("ix_attendances_location_id"), "attendances", ["location_id"], unique=False)
    op.create_index(op.f("ix_attendances_staff_id"), "attendances", ["staff_id"], unique=False)
    op.create_table(
        "bonuses",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'proposed'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'rejected')", name=op.f("ck_bonuses_state_known")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_bonuses_location_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_bonuses_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bonuses")),
    )
    op.create_index(op.f("ix_bonuses_location_id"), "bonuses", ["location_id"], unique=False)
    op.create_index(op.f("ix_bonuses_staff_id"), "bonuses", ["staff_id"], unique=False)
    op.create_table(
        "goods_receipts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column(
            "number", sa.String(length=40), server_default=sa.text("backroom.number('GR', 'number_gr')"), nullable=False
        ),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("delivery_note", sa.String(length=80), nullable=True),
        sa.Column("document", sa.String(length=120), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("value", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_by_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'posted', 'reversed')", name=op.f("ck_goods_receipts_state_known")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_goods_receipts_location_id")),
        sa.ForeignKeyConstraint(["posted_by_id"], ["users.id"], name=op.f("fk_goods_receipts_posted_by_id")),
        sa.ForeignKeyConstraint(
            ["purchase_order_id"], ["purchase_orders.id"], name=op.f("fk_goods_receipts_purchase_order_id")
        ),
        sa.ForeignKeyConstraint(["reverses_id"], ["goods_receipts.id"], name=op.f("fk_goods_receipts_reverses_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["suppliers.id"], name=op.f("fk_goods_receipts_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_receipts")),
        sa.UniqueConstraint("number", name=op.f("uq_goods_receipts_number")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_goods_receipts_reverses_id")),
    )
    op.create_index(op.f("ix_goods_receipts_purchase_order_id"), "goods_receipts", ["purchase_order_id"], unique=False)
    op.create_index(op.f("ix_goods_receipts_supplier_id"), "goods_receipts", ["supplier_id"], unique=False)
    op.create_table(
        "leaves",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), server_default=sa.text("'holiday'"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'proposed'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('holiday', 'sick', 'training', 'unpaid')", name=op.f("ck_leaves_kind_known")),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'rejected')", name=op.f("ck_leaves_state_known")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_leaves_ends_on_sensible")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_leaves_location_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_leaves_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaves")),
    )
    op.create_index(op.f("ix_leaves_location_id"), "leaves", ["location_id"], unique=False)
    op.create_index(op.f("ix_leaves_staff_id"), "leaves", ["staff_id"], unique=False)
    op.create_table(
        "location_services",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("price", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_location_services_minutes_positive")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_location_services_location_id")),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_location_services_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_services")),
        sa.UniqueConstraint("location_id", "service_id", name=op.f("uq_location_services_location_id_service_id")),
    )
    op.create_index(op.f("ix_location_services_service_id"), "location_services", ["service_id"], unique=False)
    op.create_table(
        "loyalty_accounts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_loyalty_accounts_client_id")),
        sa.ForeignKeyConstraint(["program_id"], ["loyalty_programs.id"], name=op.f("fk_loyalty_accounts_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_accounts")),
        sa.UniqueConstraint("client_id", "program_id", name=op.f("uq_loyalty_accounts_client_id_program_id")),
    )
    op.create_index(op.f("ix_loyalty_accounts_client_id"), "loyalty_accounts", ["client_id"], unique=False)
    op.create_index(op.f("ix_loyalty_accounts_program_id"), "loyalty_accounts", ["program_id"], unique=False)
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(length=2000), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["notification_rules.id"], name=op.f("fk_notifications_rule_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(op.f("ix_notifications_record_id"), "notifications", ["record_id"], unique=False)
    op.create_index(op.f("ix_notifications_rule_id"), "notifications", ["rule_id"], unique=False)
    op.create_index(op.f("ix_notifications_user_id"), "notifications", ["user_id"], unique=False)
    op.create_index(
        op.f("ix_notifications_user_id_created_at"),
        "notifications",
        ["user_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column(
            "number", sa.String(length=40), server_default=sa.text("backroom.number('SO', 'number_so')"), nullable=False
        ),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("required_on", sa.Date(), nullable=True),
        sa.Column("shipped_on", sa.Date(), nullable=True),
        sa.Column("shipper", sa.String(length=80), nullable=True),
        sa.Column("freight", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("ship_name", sa.String(length=120), nullable=True),
        sa.Column("ship_address", sa.String(length=200), nullable=True),
        sa.Column("ship_city", sa.String(length=80), nullable=True),
        sa.Column("ship_region", sa.String(length=80), nullable=True),
        sa.Column("ship_postcode", sa.String(length=20), nullable=True),
        sa.Column("ship_country", sa.String(length=80), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'confirmed', 'fulfilled', 'cancelled')", name=op.f("ck_orders_state_known")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_orders_client_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_orders_location_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_orders_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
    )
    op.create_index(op.f("ix_orders_client_id"), "orders", ["client_id"], unique=False)
    op.create_index(op.f("ix_orders_location_id"), "orders", ["location_id"], unique=False)
    op.create_index(
        op.f("ix_orders_location_id_created_at_id"), "orders", ["location_id", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_orders_staff_id"), "orders", ["staff_id"], unique=False)
    op.create_table(
        "product_barcodes",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("barcode", sa.String(length=80), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), server_default=sa.text("1"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_product_barcodes_quantity_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_barcodes_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_barcodes")),
        sa.UniqueConstraint("barcode", name=op.f("uq_product_barcodes_barcode")),
    )
    op.create_index(op.f("ix_product_barcodes_product_id"), "product_barcodes", ["product_id"], unique=False)
    op.create_table(
        "product_suppliers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_code", sa.String(length=80), nullable=True),
        sa.Column("pack_size", sa.Numeric(precision=14, scale=3), server_default=sa.text("1"), nullable=False),
        sa.Column("price", sa.Numeric(precision=16, scale=6), nullable=True),
        sa.Column("lead_days", sa.Integer(), nullable=True),
        sa.Column("preferred", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("pack_size > 0", name=op.f("ck_product_suppliers_pack_size_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_suppliers_product_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["suppliers.id"], name=op.f("fk_product_suppliers_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_suppliers")),
        sa.UniqueConstraint("product_id", "supplier_id", name=op.f("uq_product_suppliers_product_id_supplier_id")),
    )
    op.create_index(op.f("ix_product_suppliers_supplier_id"), "product_suppliers", ["supplier_id"], unique=False)
    op.create_index(
        "uq_product_suppliers_preferred",
        "product_suppliers",
        ["product_id"],
        unique=True,
        postgresql_where=sa.text("preferred"),
    )
    op.create_table(
        "purchase_order_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("received_quantity", sa.Numeric(precision=14, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "open_quantity",
            sa.Numeric(precision=14, scale=3),
            sa.Computed("greatest(quantity - received_quantity, 0)", persisted=True),
            nullable=False,
        ),
        sa.Column("unit_cost", sa.Numeric(precision=16, scale=6), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_purchase_order_lines_quantity_positive")),
        sa.CheckConstraint("received_quantity >= 0", name=op.f("ck_purchase_order_lines_received_quantity_sensible")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_purchase_order_lines_product_id")),
        sa.ForeignKeyConstraint(
            ["purchase_order_id"], ["purchase_orders.id"], name=op.f("fk_purchase_order_lines_purchase_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order_lines")),
        sa.UniqueConstraint(
            "purchase_order_id", "product_id", name=op.f("uq_purchase_order_lines_purchase_order_id_product_id")
        ),
    )
    op.create_index(op.f("ix_purchase_order_lines_product_id"), "purchase_order_lines", ["product_id"], unique=False)
    op.create_table(
        "reservations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'held'"), nullable=False),
        sa.Column("document", sa.String(length=60), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('held', 'used', 'released', 'broken')", name=op.f("ck_reservations_state_known")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity_positive")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_reservations_location_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_reservations_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    op.create_index(op.f("ix_reservations_document_id"), "reservations", ["document_id"], unique=False)
    op.create_index(
        op.f("ix_reservations_location_id_product_id"),
        "reservations",
        ["location_id", "product_id"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(op.f("ix_reservations_product_id"), "reservations", ["product_id"], unique=False)
    op.create_index(
        "ix_reservations_until", "reservations", ["until"], unique=False, postgresql_where=sa.text("state = 'held'")
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column(
            "number", sa.String(length=40), server_default=sa.text("backroom.number('SH', 'number_sh')"), nullable=False
        ),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'open'"), nullable=False),
        sa.Column("opened_by_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("opening_cash", sa.Numeric(precision=14, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected_cash", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("counted_cash", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column(
            "difference",
            sa.Numeric(precision=14, scale=2),
            sa.Computed("counted_cash - expected_cash", persisted=True),
            nullable=True,
        ),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_shifts_state_known")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_shifts_closed_by_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_shifts_location_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_shifts_opened_by_id")),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"], name=op.f("fk_shifts_register_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
        sa.UniqueConstraint("number", name=op.f("uq_shifts_number")),
    )
    op.create_index(op.f("ix_shifts_closed_by_id"), "shifts", ["closed_by_id"], unique=False)
    op.create_index(op.f("ix_shifts_location_id"), "shifts", ["location_id"], unique=False)
    op.create_index(op.f("ix_shifts_opened_by_id"), "shifts", ["opened_by_id"], unique=False)
    op.create_index(op.f("ix_shifts_register_id"), "shifts", ["register_id"], unique=False)
    op.create_index(
        "uq_shifts_one_open", "shifts", ["register_id"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "staff_hours",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("weekday", sa.String(length=20), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "weekday IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')",
            name=op.f("ck_staff_hours_weekday_known"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_staff_hours_ends_after_start")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_staff_hours_location_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_hours_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_hours")),
        sa.UniqueConstraint(
            "staff_id",
            "location_id",
            "weekday",
            "starts_at",
            name=op.f("uq_staff_hours_staff_id_location_id_weekday_starts_at"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_staff_hours_location_id"), "staff_hours", ["location_id"], unique=False)
    op.create_index(op.f("ix_staff_hours_staff_id"), "staff_hours", ["staff_id"], unique=False)
    op.create_table(
        "staff_locations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_staff_locations_location_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_locations_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_locations")),
        sa.UniqueConstraint("staff_id", "location_id", name=op.f("uq_staff_locations_staff_id_location_id")),
    )
    op.create_index(op.f("ix_staff_locations_location_id"), "staff_locations", ["location_id"], unique=False)
    op.create_index(op.f("ix_staff_locations_staff_id"), "staff_locations", ["staff_id"], unique=False)
    op.create_table(
        "staff_services",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_staff_services_service_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_services_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_services")),
        sa.UniqueConstraint("staff_id", "service_id", name=op.f("uq_staff_services_staff_id_service_id")),
    )
    op.create_index(op.f("ix_staff_services_service_id"), "staff_services", ["service_id"], unique=False)
    op.create_index(op.f("ix_staff_services_staff_id"), "staff_services", ["staff_id"], unique=False)
    op.create_table(
        "stock_count_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("stock_count_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("counted_quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_by_id", sa.Uuid(), nullable=True),
        sa.Column("level_seq", sa.Integer(), nullable=True),
        sa.Column("expected_quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column(
            "difference",
            sa.Numeric(precision=14, scale=3),
            sa.Computed("counted_quantity - expected_quantity", persisted=True),
            nullable=True,
        ),
        sa.Column("difference_value", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("times_counted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("posted_quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "decision IN ('keep_difference', 'keep_counted', 'recount')",
            name=op.f("ck_stock_count_lines_decision_known"),
        ),
        sa.CheckConstraint(
            "(counted_quantity IS NULL) = (level_seq IS NULL)", name=op.f("ck_stock_count_lines_counted_at_a_seq")
        ),
        sa.CheckConstraint("counted_quantity >= 0", name=op.f("ck_stock_count_lines_counted_quantity_sensible")),
        sa.ForeignKeyConstraint(["counted_by_id"], ["users.id"], name=op.f("fk_stock_count_lines_counted_by_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_stock_count_lines_product_id")),
        sa.ForeignKeyConstraint(
            ["stock_count_id"], ["stock_counts.id"], name=op.f("fk_stock_count_lines_stock_count_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count_lines")),
        sa.UniqueConstraint(
            "stock_count_id", "product_id", name=op.f("uq_stock_count_lines_stock_count_id_product_id")
        ),
    )
    op.create_index(op.f("ix_stock_count_lines_product_id"), "stock_count_lines", ["product_id"], unique=False)
    op.create_table(
        "stock_exceptions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("kind", sa.String(length=20), server_default=sa.text("'other'"), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("summary", sa.String(length=500), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("value", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("document", sa.String(length=60), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("noticed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'open'"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("resolution", sa.String(length=2000), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'resolved') = (resolved_at IS NOT NULL)", name=op.f("ck_stock_exceptions_resolved_when")
        ),
        sa.CheckConstraint(
            "kind IN ('oversold', 'count_difference', 'broken_reservation', 'overdue_transit', 'other')",
            name=op.f("ck_stock_exceptions_kind_known"),
        ),
        sa.CheckConstraint("state IN ('open', 'resolved')", name=op.f("ck_stock_exceptions_state_known")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_stock_exceptions_location_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_stock_exceptions_owner_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_stock_exceptions_product_id")),
        sa.ForeignKeyConstraint(["resolved_by_id"], ["users.id"], name=op.f("fk_stock_exceptions_resolved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_exceptions")),
    )
    op.create_index(op.f("ix_stock_exceptions_document_id"), "stock_exceptions", ["document_id"], unique=False)
    op.create_index(op.f("ix_stock_exceptions_owner_id"), "stock_exceptions", ["owner_id"], unique=False)
    op.create_index(op.f("ix_stock_exceptions_product_id"), "stock_exceptions", ["product_id"], unique=False)
    op.create_table(
        "stock_request_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("stock_request_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("approved_quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("approved_quantity >= 0", name=op.f("ck_stock_request_lines_approved_quantity_sensible")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_request_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_stock_request_lines_product_id")),
        sa.ForeignKeyConstraint(
            ["stock_request_id"], ["stock_requests.id"], name=op.f("fk_stock_request_lines_stock_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_request_lines")),
        sa.UniqueConstraint(
            "stock_request_id", "product_id", name=op.f("uq_stock_request_lines_stock_request_id_product_id")
        ),
    )
    op.create_index(op.f("ix_stock_request_lines_product_id"), "stock_request_lines", ["product_id"], unique=False)
    op.create_table(
        "stock_rules",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("reorder_point", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("reorder_quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("place", sa.String(length=40), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_stock_rules_location_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_stock_rules_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_rules")),
        sa.UniqueConstraint("location_id", "product_id", name=op.f("uq_stock_rules_location_id_product_id")),
    )
    op.create_index(op.f("ix_stock_rules_product_id"), "stock_rules", ["product_id"], unique=False)
    op.create_table(
        "store_report_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("store_report_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), server_default=sa.text("1"), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_store_report_lines_product_id")),
        sa.ForeignKeyConstraint(
            ["store_report_id"], ["store_reports.id"], name=op.f("fk_store_report_lines_store_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_report_lines")),
    )
    op.create_index(op.f("ix_store_report_lines_product_id"), "store_report_lines", ["product_id"], unique=False)
    op.create_index(
        op.f("ix_store_report_lines_store_report_id"), "store_report_lines", ["store_report_id"], unique=False
    )
    op.create_table(
        "sync_checkpoints",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("cursor", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("direction IN ('push', 'pull')", name=op.f("ck_sync_checkpoints_direction_known")),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminals.id"], name=op.f("fk_sync_checkpoints_terminal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_checkpoints")),
        sa.UniqueConstraint(
            "terminal_id", "entity", "direction", name=op.f("uq_sync_checkpoints_terminal_id_entity_direction")
        ),
    )
    op.create_index(op.f("ix_sync_checkpoints_terminal_id"), "sync_checkpoints", ["terminal_id"], unique=False)
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'running'"), nullable=False),
        sa.Column("received", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("quarantined", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('running', 'done', 'partly', 'failed')", name=op.f("ck_sync_runs_state_known")),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminals.id"], name=op.f("fk_sync_runs_terminal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_runs")),
    )
    op.create_index(op.f("ix_sync_runs_terminal_id"), "sync_runs", ["terminal_id"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column(
            "number", sa.String(length=40), server_default=sa.text("backroom.number('TR', 'number_tr')"), nullable=False
        ),
        sa.Column("from_location_id", sa.Uuid(), nullable=False),
        sa.Column("to_location_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("blind_receive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("stock_request_id", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_by_id", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched_by_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'requested', 'approved', 'dispatched', 'partly_received', 'closed', 'cancelled', 'returned')",
            name=op.f("ck_transfers_state_known"),
        ),
        sa.CheckConstraint("from_location_id <> to_location_id", name=op.f("ck_transfers_two_locations")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_transfers_approved_by_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_transfers_closed_by_id")),
        sa.ForeignKeyConstraint(["dispatched_by_id"], ["users.id"], name=op.f("fk_transfers_dispatched_by_id")),
        sa.ForeignKeyConstraint(["from_location_id"], ["locations.id"], name=op.f("fk_transfers_from_location_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_transfers_requested_by_id")),
        sa.ForeignKeyConstraint(
            ["stock_request_id"], ["stock_requests.id"], name=op.f("fk_transfers_stock_request_id")
        ),
        sa.ForeignKeyConstraint(["to_location_id"], ["locations.id"], name=op.f("fk_transfers_to_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("number", name=op.f("uq_transfers_number")),
    )
    op.create_index(
        op.f("ix_transfers_from_location_id_created_at_id"),
        "transfers",
        ["from_location_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_transfers_in_transit",
        "transfers",
        ["dispatched_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('dispatched', 'partly_received')"),
    )
    op.create_index(op.f("ix_transfers_stock_request_id"), "transfers", ["stock_request_id"], unique=False)
    op.create_index(
        op.f("ix_transfers_to_location_id_created_at_id"),
        "transfers",
        ["to_location_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "goods_receipt_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("goods_receipt_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("damaged_quantity", sa.Numeric(precision=14, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("unit_cost", sa.Numeric(precision=16, scale=6), nullable=True),
        sa.Column("purchase_order_line_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "quantity >= 0 AND damaged_quantity >= 0 AND quantity + damaged_quantity > 0",
            name=op.f("ck_goods_receipt_lines_quantity_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["goods_receipt_id"], ["goods_receipts.id"], name=op.f("fk_goods_receipt_lines_goods_receipt_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_goods_receipt_lines_product_id")),
        sa.ForeignKeyConstraint(
            ["purchase_order_line_id"],
            ["purchase_order_lines.id"],
            name=op.f("fk_goods_receipt_lines_purchase_order_line_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_receipt_lines")),
        sa.UniqueConstraint(
            "goods_receipt_id", "product_id", name=op.f("uq_goods_receipt_lines_goods_receipt_id_product_id")
        ),
    )
    op.create_index(op.f("ix_goods_receipt_lines_product_id"), "goods_receipt_lines", ["product_id"], unique=False)
    op.create_index(
        op.f("ix_goods_receipt_lines_purchase_order_line_id"),
        "goods_receipt_lines",
        ["purchase_order_line_id"],
        unique=False,
    )
    op.create_table(
        "order_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("discount", sa.Numeric(precision=7, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "total",
            sa.Numeric(precision=14, scale=2),
            sa.Computed("round(quantity * unit_price * (1 - discount / 100), 2)", persisted=True),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_order_lines_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
    )
    op.create_index(op.f("ix_order_lines_order_id"), "order_lines", ["order_id"], unique=False)
    op.create_index(op.f("ix_order_lines_product_id"), "order_lines", ["product_id"], unique=False)
    op.create_table(
        "sales",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.Uuid(), nullable=True),
        sa.Column("shift_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("sold_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'open'"), nullable=False),
        sa.Column("refund_of_id", sa.Uuid(), nullable=True),
        sa.Column("total", sa.Numeric(precision=14, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("tax", sa.Numeric(precision=14, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('open', 'paid', 'refunded', 'void')", name=op.f("ck_sales_state_known")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_sales_client_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_sales_location_id")),
        sa.ForeignKeyConstraint(["refund_of_id"], ["sales.id"], name=op.f("fk_sales_refund_of_id")),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"], name=op.f("fk_sales_register_id")),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_sales_shift_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_sales_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales")),
        sa.UniqueConstraint("location_id", "number", name=op.f("uq_sales_location_id_number")),
    )
    op.create_index(op.f("ix_sales_client_id"), "sales", ["client_id"], unique=False)
    op.create_index(op.f("ix_sales_location_id"), "sales", ["location_id"], unique=False)
    op.create_index(op.f("ix_sales_location_id_sold_at_id"), "sales", ["location_id", "sold_at", "id"], unique=False)
    op.create_index(op.f("ix_sales_refund_of_id"), "sales", ["refund_of_id"], unique=False)
    op.create_index(op.f("ix_sales_register_id"), "sales", ["register_id"], unique=False)
    op.create_index(op.f("ix_sales_shift_id"), "sales", ["shift_id"], unique=False)
    op.create_index(op.f("ix_sales_staff_id"), "sales", ["staff_id"], unique=False)
    op.create_table(
        "stock_accounts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("other_location_id", sa.Uuid(), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'transit') = (other_location_id IS NOT NULL)", name=op.f("ck_stock_accounts_transit_between_two")
        ),
        sa.CheckConstraint(
            "(kind = 'transit') = (transfer_id IS NOT NULL)", name=op.f("ck_stock_accounts_transit_of_a_transfer")
        ),
        sa.CheckConstraint(
            "kind IN ('shelf', 'supplier', 'customer', 'loss', 'shortage', 'transit', 'in_use')",
            name=op.f("ck_stock_accounts_kind_known"),
        ),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_stock_accounts_location_id")),
        sa.ForeignKeyConstraint(
            ["other_location_id"], ["locations.id"], name=op.f("fk_stock_accounts_other_location_id")
        ),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_stock_accounts_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_accounts")),
        sa.UniqueConstraint("id", "kind", "location_id", name=op.f("uq_stock_accounts_id_kind_location_id")),
        sa.UniqueConstraint(
            "kind",
            "location_id",
            "transfer_id",
            name=op.f("uq_stock_accounts_kind_location_id_transfer_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_stock_accounts_location_id"), "stock_accounts", ["location_id"], unique=False)
    op.create_index(op.f("ix_stock_accounts_other_location_id"), "stock_accounts", ["other_location_id"], unique=False)
    op.create_index(op.f("ix_stock_accounts_transfer_id"), "stock_accounts", ["transfer_id"], unique=False)
    op.create_table(
        "sync_quarantines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column(
            "row", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'open'"), nullable=False),
        sa.Column("resolved_by_id", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('open', 'applied', 'dropped')", name=op.f("ck_sync_quarantines_state_known")),
        sa.ForeignKeyConstraint(["resolved_by_id"], ["users.id"], name=op.f("fk_sync_quarantines_resolved_by_id")),
        sa.ForeignKeyConstraint(["run_id"], ["sync_runs.id"], name=op.f("fk_sync_quarantines_run_id")),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminals.id"], name=op.f("fk_sync_quarantines_terminal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_quarantines")),
    )
    op.create_index(op.f("ix_sync_quarantines_resolved_by_id"), "sync_quarantines", ["resolved_by_id"], unique=False)
    op.create_index(op.f("ix_sync_quarantines_run_id"), "sync_quarantines", ["run_id"], unique=False)
    op.create_index(op.f("ix_sync_quarantines_terminal_id"), "sync_quarantines", ["terminal_id"], unique=False)
    op.create_table(
        "transfer_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column(
            "dispatched_quantity", sa.Numeric(precision=14, scale=3), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("received_quantity", sa.Numeric(precision=14, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("damaged_quantity", sa.Numeric(precision=14, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("short_quantity", sa.Numeric(precision=14, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("returned_quantity", sa.Numeric(precision=14, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("short_reason_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_transfer_lines_quantity_positive")),
        sa.CheckConstraint(
            "received_quantity + damaged_quantity + short_quantity + returned_quantity <= dispatched_quantity",
            name=op.f("ck_transfer_lines_no_more_than_sent"),
        ),
        sa.CheckConstraint(
            "received_quantity >= 0 AND damaged_quantity >= 0 AND short_quantity >= 0 AND returned_quantity >= 0",
            name=op.f("ck_transfer_lines_received_sensible"),
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_transfer_lines_product_id")),
        sa.ForeignKeyConstraint(["short_reason_id"], ["reasons.id"], name=op.f("fk_transfer_lines_short_reason_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_lines_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_lines")),
        sa.UniqueConstraint("transfer_id", "product_id", name=op.f("uq_transfer_lines_transfer_id_product_id")),
    )
    op.create_index(op.f("ix_transfer_lines_product_id"), "transfer_lines", ["product_id"], unique=False)
    op.create_table(
        "loyalty_entries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('earned', 'spent', 'corrected')", name=op.f("ck_loyalty_entries_kind_known")),
        sa.CheckConstraint("points <> 0", name=op.f("ck_loyalty_entries_points_not_zero")),
        sa.ForeignKeyConstraint(["account_id"], ["loyalty_accounts.id"], name=op.f("fk_loyalty_entries_account_id")),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name=op.f("fk_loyalty_entries_sale_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_entries")),
    )
    op.create_index(op.f("ix_loyalty_entries_account_id"), "loyalty_entries", ["account_id"], unique=False)
    op.create_index(op.f("ix_loyalty_entries_sale_id"), "loyalty_entries", ["sale_id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.String(length=20), server_default=sa.text("'cash'"), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("method IN ('cash', 'card', 'upi', 'wallet')", name=op.f("ck_payments_method_known")),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name=op.f("fk_payments_sale_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index(op.f("ix_payments_sale_id"), "payments", ["sale_id"], unique=False)
    op.create_table(
        "sale_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), server_default=sa.text("1"), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("discount", sa.Numeric(precision=7, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("tax_rate_id", sa.Uuid(), nullable=True),
        sa.Column(
            "total",
            sa.Numeric(precision=14, scale=2),
            sa.Computed("round(quantity * unit_price * (1 - discount / 100), 2)", persisted=True),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(product_id IS NULL) <> (service_id IS NULL)", name=op.f("ck_sale_lines_one_thing")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_sale_lines_quantity_sensible")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_sale_lines_product_id")),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name=op.f("fk_sale_lines_sale_id")),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_sale_lines_service_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_sale_lines_staff_id")),
        sa.ForeignKeyConstraint(["tax_rate_id"], ["tax_rates.id"], name=op.f("fk_sale_lines_tax_rate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sale_lines")),
    )
    op.create_index(op.f("ix_sale_lines_product_id"), "sale_lines", ["product_id"], unique=False)
    op.create_index(op.f("ix_sale_lines_sale_id"), "sale_lines", ["sale_id"], unique=False)
    op.create_index(op.f("ix_sale_lines_service_id"), "sale_lines", ["service_id"], unique=False)
    op.create_index(op.f("ix_sale_lines_staff_id"), "sale_lines", ["staff_id"], unique=False)
    op.create_index(op.f("ix_sale_lines_tax_rate_id"), "sale_lines", ["tax_rate_id"], unique=False)
    op.create_table(
        "stock_levels",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=14, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved", sa.Numeric(precision=14, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "available",
            sa.Numeric(precision=14, scale=3),
            sa.Computed("on_hand - reserved", persisted=True),
            nullable=False,
        ),
        sa.Column("value", sa.Numeric(precision=14, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("unit_cost", sa.Numeric(precision=16, scale=6), server_default=sa.text("0"), nullable=False),
        sa.Column("seq", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("may_go_negative", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('shelf', 'supplier', 'customer', 'loss', 'shortage', 'transit', 'in_use')",
            name=op.f("ck_stock_levels_kind_known"),
        ),
        sa.CheckConstraint(
            "may_go_negative OR (on_hand >= 0 AND reserved <= on_hand)", name=op.f("ck_stock_levels_covered")
        ),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_stock_levels_reserved_sensible")),
        sa.ForeignKeyConstraint(
            ["account_id", "kind", "location_id"],
            ["stock_accounts.id", "stock_accounts.kind", "stock_accounts.location_id"],
            name="fk_stock_levels_account_facts",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["stock_accounts.id"], name=op.f("fk_stock_levels_account_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_stock_levels_location_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_stock_levels_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_levels")),
        sa.UniqueConstraint("account_id", "product_id", name=op.f("uq_stock_levels_account_id_product_id")),
    )
    op.create_index(
        op.f("ix_stock_levels_location_id_product_id"), "stock_levels", ["location_id", "product_id"], unique=False
    )
    op.create_index(op.f("ix_stock_levels_product_id"), "stock_levels", ["product_id"], unique=False)
    op.create_table(
        "stock_moves",
        sa.Column("id", sa.Uuid(), server_default=sa.text("backroom.uuid7()"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("from_account_id", sa.Uuid(), nullable=False),
        sa.Column("to_account_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("unit_cost", sa.Numeric(precision=16, scale=6), server_default=sa.text("0"), nullable=False),
        sa.Column("reason_id", sa.Uuid(), nullable=True),
        sa.Column("document", sa.String(length=60), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("moved_by_id", sa.Uuid(), nullable=True),
        sa.Column("operation_id", sa.Uuid(), nullable=True),
        sa.Column("from_seq", sa.Integer(), nullable=False),
        sa.Column("to_seq", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("from_account_id <> to_account_id", name=op.f("ck_stock_moves_two_accounts")),
        sa.CheckConstraint("from_seq > 0 AND to_seq > 0", name=op.f("ck_stock_moves_seq_positive")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_moves_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["from_account_id"], ["stock_accounts.id"], name=op.f("fk_stock_moves_from_account_id")
        ),
        sa.ForeignKeyConstraint(["moved_by_id"], ["users.id"], name=op.f("fk_stock_moves_moved_by_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_stock_moves_product_id")),
        sa.ForeignKeyConstraint(["reason_id"], ["reasons.id"], name=op.f("fk_stock_moves_reason_id")),
        sa.ForeignKeyConstraint(["to_account_id"], ["stock_accounts.id"], name=op.f("fk_stock_moves_to_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_moves")),
    )
    op.create_index(op.f("ix_stock_moves_document_id"), "stock_moves", ["document_id"], unique=False)
    op.create_index(
        op.f("ix_stock_moves_product_id_effective_at"), "stock_moves", ["product_id", "effective_at"], unique=False
    )
    op.create_index(
        op.f("ix_stock_moves_reason_id"),
        "stock_moves",
        ["reason_id"],
        unique=False,
        postgresql_where=sa.text("reason_id IS NOT NULL"),
    )
    op.create_index("uq_stock_moves_from", "stock_moves", ["from_account_id", "product_id", "from_seq"], unique=True)
    op.create_index("uq_stock_moves_to", "stock_moves", ["to_account_id", "product_id", "to_seq"], unique=True)
    run_sql(bind, "0001_house/_access.sql")
    run_sql(bind, "0001_house/adjustments.sql")
    run_sql(bind, "0001_house/adjustment_lines.sql")
    run_sql(bind, "0001_house/goods_receipts.sql")
    run_sql(bind, "0001_house/goods_receipt_lines.sql")
    run_sql(bind, "0001_house/purchase_orders.sql")
    run_sql(bind, "0001_house/purchase_order_lines.sql")
    run_sql(bind, "0001_house/reasons.sql")
    run_sql(bind, "0001_house/reservations.sql")
    run_sql(bind, "0001_house/stock_accounts.sql")
    run_sql(bind, "0001_house/stock_counts.sql")
    run_sql(bind, "0001_house/stock_count_lines.sql")
    run_sql(bind, "0001_house/stock_exceptions.sql")
    run_sql(bind, "0001_house/stock_levels.sql")
    run_sql(bind, "0001_house/stock_moves.sql")
    run_sql(bind, "0001_house/stock_requests.sql")
    run_sql(bind, "0001_house/stock_request_lines.sql")
    run_sql(bind, "0001_house/stock_rules.sql")
    run_sql(bind, "0001_house/transfers.sql")
    run_sql(bind, "0001_house/transfer_lines.sql")
    run_sql(bind, "0001_house/cash_requests.sql")
    run_sql(bind, "0001_house/orders.sql")
    run_sql(bind, "0001_house/order_lines.sql")
    run_sql(bind, "0001_house/payments.sql")
    run_sql(bind, "0001_house/registers.sql")
    run_sql(bind, "0001_house/sales.sql")
    run_sql(bind, "0001_house/sale_lines.sql")
    run_sql(bind, "0001_house/shifts.sql")
    run_sql(bind, "0001_house/clients.sql")
    run_sql(bind, "0001_house/loyalty_accounts.sql")
    run_sql(bind, "0001_house/loyalty_entries.sql")
    run_sql(bind, "0001_house/loyalty_programs.sql")
    run_sql(bind, "0001_house/staff.sql")
    run_sql(bind, "0001_house/staff_hours.sql")
    run_sql(bind, "0001_house/staff_locations.sql")
    run_sql(bind, "0001_house/staff_services.sql")
    run_sql(bind, "0001_house/appointments.sql")
    run_sql(bind, "0001_house/attendances.sql")
    run_sql(bind, "0001_house/bonuses.sql")
    run_sql(bind, "0001_house/leaves.sql")
    run_sql(bind, "0001_house/store_reports.sql")
    run_sql(bind, "0001_house/store_report_lines.sql")
    run_sql(bind, "0001_house/brands.sql")
    run_sql(bind, "0001_house/categories.sql")
    run_sql(bind, "0001_house/location_services.sql")
    run_sql(bind, "0001_house/products.sql")
    run_sql(bind, "0001_house/product_barcodes.sql")
    run_sql(bind, "0001_house/product_suppliers.sql")
    run_sql(bind, "0001_house/services.sql")
    run_sql(bind, "0001_house/suppliers.sql")
    run_sql(bind, "0001_house/tax_rates.sql")
    run_sql(bind, "0001_house/locations.sql")
    run_sql(bind, "0001_house/approvals.sql")
    run_sql(bind, "0001_house/attachments.sql")
    run_sql(bind, "0001_house/comments.sql")
    run_sql(bind, "0001_house/delegations.sql")
    run_sql(bind, "0001_house/notifications.sql")
    run_sql(bind, "0001_house/notification_rules.sql")
    run_sql(bind, "0001_house/reports.sql")
    run_sql(bind, "0001_house/saved_views.sql")
    run_sql(bind, "0001_house/settings.sql")
    run_sql(bind, "0001_house/webhooks.sql")
    run_sql(bind, "0001_house/webhook_deliveries.sql")
    run_sql(bind, "0001_house/api_tokens.sql")
    run_sql(bind, "0001_house/grants.sql")
    run_sql(bind, "0001_house/permissions.sql")
    run_sql(bind, "0001_house/roles.sql")
    run_sql(bind, "0001_house/sessions.sql")
    run_sql(bind, "0001_house/terminals.sql")
    run_sql(bind, "0001_house/users.sql")
    run_sql(bind, "0001_house/import_runs.sql")
    run_sql(bind, "0001_house/job_runs.sql")
    run_sql(bind, "0001_house/operations.sql")
    run_sql(bind, "0001_house/sign_ins.sql")
    run_sql(bind, "0001_house/sync_checkpoints.sql")
    run_sql(bind, "0001_house/sync_quarantines.sql")
    run_sql(bind, "0001_house/sync_runs.sql")
    run_sql(bind, "0001_house/_gate.sql")
    run_sql(bind, "0001_house/_ledger.sql")
    run_sql(bind, "0001_house/_roles_of_people.sql")
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'adjustment', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'adjustment', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'adjustment', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'adjustment', 'change' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'adjustment', 'propose' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'adjustment', 'post' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'adjustment', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'adjustment', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'adjustment', 'value', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'adjustment_line', 'unit_cost', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'goods_receipt', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'goods_receipt', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'goods_receipt', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'goods_receipt', 'change' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'goods_receipt', 'post' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'goods_receipt', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'goods_receipt', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'goods_receipt', 'value', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'goods_receipt_line', 'unit_cost', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'purchase_order', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'purchase_order', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'purchase_order', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'purchase_order', 'change' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'purchase_order', 'receive' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'purchase_order', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'purchase_order', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'purchase_order', 'total', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'purchase_order_line', 'unit_cost', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'reason', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'reason', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'reason', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'reason', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'reservation', 'see' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'reservation', 'export' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'reservation', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'reservation', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'reservation', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_account', 'see' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_account', 'export' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_account', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_account', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_account', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_count', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_count', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_count', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_count', 'change' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_count', 'start' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_count', 'count' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_count', 'review' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_count', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_count', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'stock_count', 'difference_value', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'stock_count_line', 'difference_value', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_exception', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_exception', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_exception', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_exception', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_exception', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'stock_exception', 'value', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_level', 'see' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_level', 'export' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_level', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_level', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_level', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'stock_level', 'value', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'stock_level', 'unit_cost', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_move', 'see' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_move', 'export' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_move', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_move', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_move', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'stock_move', 'unit_cost', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_request', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_request', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_request', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_request', 'change' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_request', 'request' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_request', 'cancel' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_request', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_request', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_rule', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_rule', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_rule', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'stock_rule', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', 'change' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', 'request' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', 'dispatch' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', 'receive' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', 'close' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', 'cancel' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', 'return' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'transfer', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'change' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'confirm' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'fulfil' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'cancel' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'close' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'refund' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'cash_request', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', 'change' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', 'confirm' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', 'fulfil' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', 'cancel' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', 'close' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', 'refund' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'order', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'register', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'register', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'register', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'register', 'change' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'register', 'confirm' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'register', 'fulfil' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'register', 'cancel' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'register', 'close' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'register', 'refund' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'register', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'register', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'sale', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'sale', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'sale', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'sale', 'change' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'sale', 'pay' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'sale', 'refund' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'sale', 'cancel' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'sale', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'sale', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'shift', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'shift', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'shift', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'shift', 'change' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'shift', 'confirm' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'shift', 'fulfil' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'shift', 'cancel' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'shift', 'close' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'shift', 'refund' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'shift', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'shift', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'client', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'client', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'client', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'client', 'change' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'client', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'client', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'client', 'phone', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'client', 'email', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'client', 'notes', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'client', 'phone', 'change' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'client', 'email', 'change' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'client', 'notes', 'change' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_account', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_account', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_account', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_account', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_account', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_entry', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_entry', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_entry', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_entry', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_entry', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_program', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_program', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_program', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'loyalty_program', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'staff', 'birthday', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_hours', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_hours', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_hours', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_hours', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_location', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_location', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_location', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_location', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_service', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_service', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_service', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'staff_service', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'appointment', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'appointment', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'appointment', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'appointment', 'change' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'appointment', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'appointment', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attendance', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attendance', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attendance', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'bonus', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'bonus', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'bonus', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'bonus', 'amount', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'leave', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'leave', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'leave', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'store_report', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'store_report', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'store_report', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'store_report', 'change' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'store_report', 'submit' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'store_report', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'store_report', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'store_report', 'change' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'store_report', 'submit' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'store_report', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'store_report', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'brand', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'brand', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'brand', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'brand', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'brand', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'category', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'category', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'category', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'category', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'category', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'location_service', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'location_service', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'location_service', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'location_service', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'location_service', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'product', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'product', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'product', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'product', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'product', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'product', 'cost', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, field, level) SELECT id, 'product_supplier', 'price', 'change' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'service', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'service', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'service', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'service', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'service', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'supplier', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'supplier', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'supplier', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'supplier', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'supplier', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'tax_rate', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'tax_rate', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'tax_rate', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'tax_rate', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'tax_rate', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'location', 'see' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'location', 'export' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'location', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'location', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'location', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'location', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'approval', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'approval', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'approval', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'approval', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'approval', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'approval', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'approval', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attachment', 'see' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attachment', 'create' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attachment', 'delete' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attachment', 'export' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attachment', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attachment', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attachment', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attachment', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attachment', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'attachment', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'comment', 'see' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'comment', 'create' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'comment', 'delete' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'comment', 'export' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'comment', 'see' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'comment', 'create' FROM roles WHERE name = 'clerk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'comment', 'see' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'comment', 'create' FROM roles WHERE name = 'frontdesk' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'comment', 'see' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'comment', 'export' FROM roles WHERE name = 'viewer' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'notification_rule', '*' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO permissions (role_id, entity, verb) SELECT id, 'setting', 'see' FROM roles WHERE name = 'manager' ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    # The server's roles stay: another database may use them.
    op.execute("DROP SCHEMA backroom CASCADE")
    op.execute("DROP TABLE changes CASCADE")
    op.execute("DROP VIEW IF EXISTS people CASCADE")
    connection = op.get_bind()
    for table in reversed(sa.inspect(connection).get_table_names()):
        if table != "alembic_version":
            op.execute(f'DROP TABLE IF EXISTS "{table}" CASCADE')
    for sequence in sa.inspect(connection).get_sequence_names():
        op.execute(f'DROP SEQUENCE IF EXISTS "{sequence}" CASCADE')
