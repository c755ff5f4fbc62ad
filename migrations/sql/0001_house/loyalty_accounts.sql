-- loyalty_accounts: A client's points in a program.

-- Scope: via. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('loyalty_account', 'loyalty_accounts', 'loyalty_account')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_loyalty_accounts(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{00000000-0000-0000-0000-000000000000}'::uuid[] FROM loyalty_accounts t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_loyalty_accounts(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON loyalty_accounts
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_loyalty_accounts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'loyalty_account', n.id, 'insert', n.version, '{}', '{00000000-0000-0000-0000-000000000000}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'loyalty_account', n.id, 'update', n.version, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{00000000-0000-0000-0000-000000000000}'::uuid[],
            CASE WHEN o.client_id IS DISTINCT FROM n.client_id THEN jsonb_build_object('client_id', jsonb_build_array(o.client_id, n.client_id)) ELSE '{}' END ||
            CASE WHEN o.program_id IS DISTINCT FROM n.program_id THEN jsonb_build_object('program_id', jsonb_build_array(o.program_id, n.program_id)) ELSE '{}' END ||
            CASE WHEN o.points IS DISTINCT FROM n.points THEN jsonb_build_object('points', jsonb_build_array(o.points, n.points)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'loyalty_account', o.id, 'delete', o.version + 1, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON loyalty_accounts
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_loyalty_accounts();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON loyalty_accounts
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_loyalty_accounts();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON loyalty_accounts
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_loyalty_accounts();

GRANT SELECT ON loyalty_accounts TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON loyalty_accounts TO backroom_scoped, backroom_global;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'loyalty_accounts' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_loyalty_accounts_points', 'list_loyalty_accounts_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_loyalty_accounts_points ON loyalty_accounts (points, id);
