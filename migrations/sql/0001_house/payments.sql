-- payments: One payment of a sale; several may add up to its total.

-- Scope: part. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('payment', 'payments', 'sale')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_payments(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) FROM sales t_parent WHERE t_parent.id = t.sale_id), '{}'::uuid[]) FROM payments t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_payments(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON payments
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_payments() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'payment', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM sales n_parent WHERE n_parent.id = n.sale_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'payment', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM sales o_parent WHERE o_parent.id = o.sale_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM sales n_parent WHERE n_parent.id = n.sale_id), '{}'::uuid[]),
            CASE WHEN o.sale_id IS DISTINCT FROM n.sale_id THEN jsonb_build_object('sale_id', jsonb_build_array(o.sale_id, n.sale_id)) ELSE '{}' END ||
            CASE WHEN o.method IS DISTINCT FROM n.method THEN jsonb_build_object('method', jsonb_build_array(o.method, n.method)) ELSE '{}' END ||
            CASE WHEN o.amount IS DISTINCT FROM n.amount THEN jsonb_build_object('amount', jsonb_build_array(o.amount, n.amount)) ELSE '{}' END ||
            CASE WHEN o.paid_at IS DISTINCT FROM n.paid_at THEN jsonb_build_object('paid_at', jsonb_build_array(o.paid_at, n.paid_at)) ELSE '{}' END ||
            CASE WHEN o.reference IS DISTINCT FROM n.reference THEN jsonb_build_object('reference', jsonb_build_array(o.reference, n.reference)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'payment', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM sales o_parent WHERE o_parent.id = o.sale_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON payments
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_payments();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON payments
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_payments();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON payments
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_payments();

GRANT SELECT ON payments TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON payments TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON payments TO backroom_posting;

ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON payments;
CREATE POLICY see_row ON payments FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM sales payments_parent WHERE payments_parent.id IN (payments.sale_id) AND payments_parent.location_id = ANY ((SELECT backroom.locations('sale', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON payments;
CREATE POLICY create_row ON payments FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM sales payments_parent WHERE payments_parent.id IN (payments.sale_id) AND payments_parent.location_id = ANY ((SELECT backroom.locations('sale', 'change'))::uuid[])));
DROP POLICY IF EXISTS change_row ON payments;
CREATE POLICY change_row ON payments FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM sales payments_parent WHERE payments_parent.id IN (payments.sale_id) AND payments_parent.location_id = ANY ((SELECT backroom.locations('sale', 'change'))::uuid[]))) WITH CHECK (EXISTS (SELECT 1 FROM sales payments_parent WHERE payments_parent.id IN (payments.sale_id) AND payments_parent.location_id = ANY ((SELECT backroom.locations('sale', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON payments;
CREATE POLICY delete_row ON payments FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM sales payments_parent WHERE payments_parent.id IN (payments.sale_id) AND payments_parent.location_id = ANY ((SELECT backroom.locations('sale', 'change'))::uuid[])));
DROP POLICY IF EXISTS post_row ON payments;
CREATE POLICY post_row ON payments TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON payments;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON payments TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'payments' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_payments_created_at', 'list_payments_search_reference'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_payments_created_at ON payments (created_at, id);
DROP VIEW IF EXISTS backroom.seen_payments;
CREATE VIEW backroom.seen_payments AS
    SELECT t.id, t.sale_id, t.method, t.amount, t.paid_at, t.reference, t.version, t.created_at, t.updated_at
    FROM payments t
    WHERE EXISTS (SELECT 1 FROM sales t_parent WHERE t_parent.id IN (t.sale_id) AND t_parent.location_id = ANY ((SELECT backroom.locations('sale', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_payments TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_payments_search_reference ON payments USING gin ((' ' || coalesce(reference, '')) gin_trgm_ops);
