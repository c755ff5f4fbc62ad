-- grants: A role that a user holds at one location, or at all of them.

-- Scope: hq. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('grant', 'grants', 'grant')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_grants(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{}'::uuid[] FROM grants t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_grants(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON grants
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_grants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'grant', n.id, 'insert', n.version, '{}', '{}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'grant', n.id, 'update', n.version, '{}'::uuid[], '{}'::uuid[],
            CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END ||
            CASE WHEN o.role_id IS DISTINCT FROM n.role_id THEN jsonb_build_object('role_id', jsonb_build_array(o.role_id, n.role_id)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'grant', o.id, 'delete', o.version + 1, '{}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON grants
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_grants();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON grants
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_grants();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON grants
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_grants();

CREATE OR REPLACE TRIGGER raise_access_epoch AFTER INSERT OR UPDATE OR DELETE ON grants
    FOR EACH STATEMENT EXECUTE FUNCTION backroom.raise_access_epoch();

GRANT SELECT ON grants TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON grants TO backroom_scoped, backroom_global;

ALTER TABLE grants ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON grants;
CREATE POLICY see_row ON grants FOR SELECT TO backroom_scoped
    USING ((SELECT backroom.everywhere('grant', 'see')));
DROP POLICY IF EXISTS create_row ON grants;
CREATE POLICY create_row ON grants FOR INSERT TO backroom_scoped
    WITH CHECK ((SELECT backroom.everywhere('grant', 'create')));
DROP POLICY IF EXISTS change_row ON grants;
CREATE POLICY change_row ON grants FOR UPDATE TO backroom_scoped
    USING ((SELECT backroom.everywhere('grant', 'change'))) WITH CHECK ((SELECT backroom.everywhere('grant', 'change')));
DROP POLICY IF EXISTS delete_row ON grants;
CREATE POLICY delete_row ON grants FOR DELETE TO backroom_scoped
    USING ((SELECT backroom.everywhere('grant', 'delete')));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON grants;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON grants TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'grants' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_grants_created_at', 'list_grants_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_grants_created_at ON grants (created_at, id);
DROP VIEW IF EXISTS backroom.seen_grants;
CREATE VIEW backroom.seen_grants AS
    SELECT t.id, t.user_id, t.role_id, t.location_id, t.version, t.created_at, t.updated_at
    FROM grants t
    WHERE (SELECT backroom.everywhere('grant', 'see'));
GRANT SELECT ON backroom.seen_grants TO backroom_scoped;
