-- roles: A named set of permissions, held by people at a location or at all of them.

-- Scope: hq. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('role', 'roles', 'role')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_roles(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{}'::uuid[] FROM roles t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_roles(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON roles
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_roles() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'role', n.id, 'insert', n.version, '{}', '{}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'role', n.id, 'update', n.version, '{}'::uuid[], '{}'::uuid[],
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.description IS DISTINCT FROM n.description THEN jsonb_build_object('description', jsonb_build_array(o.description, n.description)) ELSE '{}' END ||
            CASE WHEN o.built_in IS DISTINCT FROM n.built_in THEN jsonb_build_object('built_in', jsonb_build_array(o.built_in, n.built_in)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'role', o.id, 'delete', o.version + 1, '{}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON roles
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_roles();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON roles
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_roles();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON roles
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_roles();

CREATE OR REPLACE TRIGGER raise_access_epoch AFTER INSERT OR UPDATE OR DELETE ON roles
    FOR EACH STATEMENT EXECUTE FUNCTION backroom.raise_access_epoch();

GRANT SELECT ON roles TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON roles TO backroom_scoped, backroom_global;

ALTER TABLE roles ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON roles;
CREATE POLICY see_row ON roles FOR SELECT TO backroom_scoped
    USING ((SELECT backroom.everywhere('role', 'see')));
DROP POLICY IF EXISTS create_row ON roles;
CREATE POLICY create_row ON roles FOR INSERT TO backroom_scoped
    WITH CHECK ((SELECT backroom.everywhere('role', 'create')));
DROP POLICY IF EXISTS change_row ON roles;
CREATE POLICY change_row ON roles FOR UPDATE TO backroom_scoped
    USING ((SELECT backroom.everywhere('role', 'change'))) WITH CHECK ((SELECT backroom.everywhere('role', 'change')));
DROP POLICY IF EXISTS delete_row ON roles;
CREATE POLICY delete_row ON roles FOR DELETE TO backroom_scoped
    USING ((SELECT backroom.everywhere('role', 'delete')));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON roles;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON roles TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'roles' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_roles_name', 'list_roles_search_name_description'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_roles_name ON roles (lower(name), id);
DROP VIEW IF EXISTS backroom.seen_roles;
CREATE VIEW backroom.seen_roles AS
    SELECT t.id, t.name, t.description, t.built_in, t.version, t.created_at, t.updated_at
    FROM roles t
    WHERE (SELECT backroom.everywhere('role', 'see'));
GRANT SELECT ON backroom.seen_roles TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_roles_search_name_description ON roles USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(description, '')) gin_trgm_ops);
