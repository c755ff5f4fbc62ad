-- stock_accounts: Where stock can be, each location's for itself: its shelf, on the way, with its suppliers or clients, or lost.

-- Scope: between. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('stock_account', 'stock_accounts', 'stock_account')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_stock_accounts(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id, t.other_location_id], NULL) FROM stock_accounts t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_stock_accounts(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON stock_accounts
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_stock_accounts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_account', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id, n.other_location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_account', n.id, 'update', n.version, array_remove(ARRAY[o.location_id, o.other_location_id], NULL), array_remove(ARRAY[n.location_id, n.other_location_id], NULL),
            CASE WHEN o.kind IS DISTINCT FROM n.kind THEN jsonb_build_object('kind', jsonb_build_array(o.kind, n.kind)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.other_location_id IS DISTINCT FROM n.other_location_id THEN jsonb_build_object('other_location_id', jsonb_build_array(o.other_location_id, n.other_location_id)) ELSE '{}' END ||
            CASE WHEN o.transfer_id IS DISTINCT FROM n.transfer_id THEN jsonb_build_object('transfer_id', jsonb_build_array(o.transfer_id, n.transfer_id)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_account', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id, o.other_location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON stock_accounts
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_accounts();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON stock_accounts
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_accounts();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON stock_accounts
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_accounts();

GRANT SELECT ON stock_accounts TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON stock_accounts TO backroom_posting;

ALTER TABLE stock_accounts ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON stock_accounts;
CREATE POLICY see_row ON stock_accounts FOR SELECT TO backroom_scoped
    USING ((stock_accounts.location_id = ANY ((SELECT backroom.locations('stock_account', 'see'))::uuid[]) OR stock_accounts.other_location_id = ANY ((SELECT backroom.locations('stock_account', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON stock_accounts;
CREATE POLICY create_row ON stock_accounts FOR INSERT TO backroom_scoped
    WITH CHECK ((stock_accounts.location_id = ANY ((SELECT backroom.locations('stock_account', 'create'))::uuid[]) OR stock_accounts.other_location_id = ANY ((SELECT backroom.locations('stock_account', 'create'))::uuid[])));
DROP POLICY IF EXISTS change_row ON stock_accounts;
CREATE POLICY change_row ON stock_accounts FOR UPDATE TO backroom_scoped
    USING ((stock_accounts.location_id = ANY ((SELECT backroom.locations('stock_account', 'change'))::uuid[]) OR stock_accounts.other_location_id = ANY ((SELECT backroom.locations('stock_account', 'change'))::uuid[]))) WITH CHECK ((stock_accounts.location_id = ANY ((SELECT backroom.locations('stock_account', 'change'))::uuid[]) OR stock_accounts.other_location_id = ANY ((SELECT backroom.locations('stock_account', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON stock_accounts;
CREATE POLICY delete_row ON stock_accounts FOR DELETE TO backroom_scoped
    USING ((stock_accounts.location_id = ANY ((SELECT backroom.locations('stock_account', 'delete'))::uuid[]) OR stock_accounts.other_location_id = ANY ((SELECT backroom.locations('stock_account', 'delete'))::uuid[])));
DROP POLICY IF EXISTS post_row ON stock_accounts;
CREATE POLICY post_row ON stock_accounts TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON stock_accounts;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON stock_accounts TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'stock_accounts' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_stock_accounts_created_at', 'list_stock_accounts_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_stock_accounts_created_at ON stock_accounts (created_at, id);
DROP VIEW IF EXISTS backroom.seen_stock_accounts;
CREATE VIEW backroom.seen_stock_accounts AS
    SELECT t.id, t.kind, t.location_id, t.other_location_id, t.transfer_id, t.version, t.created_at, t.updated_at
    FROM stock_accounts t
    WHERE (t.location_id = ANY ((SELECT backroom.locations('stock_account', 'see'))::uuid[]) OR t.other_location_id = ANY ((SELECT backroom.locations('stock_account', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_stock_accounts TO backroom_scoped;
