-- permissions: One thing a role may do with an entity, or how far one field of it is open to the role.

-- Scope: hq. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('permission', 'permissions', 'permission')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_permissions(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{}'::uuid[] FROM permissions t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_permissions(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON permissions
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_permissions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'permission', n.id, 'insert', n.version, '{}', '{}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'permission', n.id, 'update', n.version, '{}'::uuid[], '{}'::uuid[],
            CASE WHEN o.entity IS DISTINCT FROM n.entity THEN jsonb_build_object('entity', jsonb_build_array(o.entity, n.entity)) ELSE '{}' END ||
            CASE WHEN o.role_id IS DISTINCT FROM n.role_id THEN jsonb_build_object('role_id', jsonb_build_array(o.role_id, n.role_id)) ELSE '{}' END ||
            CASE WHEN o.verb IS DISTINCT FROM n.verb THEN jsonb_build_object('verb', jsonb_build_array(o.verb, n.verb)) ELSE '{}' END ||
            CASE WHEN o.field IS DISTINCT FROM n.field THEN jsonb_build_object('field', jsonb_build_array(o.field, n.field)) ELSE '{}' END ||
            CASE WHEN o.level IS DISTINCT FROM n.level THEN jsonb_build_object('level', jsonb_build_array(o.level, n.level)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'permission', o.id, 'delete', o.version + 1, '{}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON permissions
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_permissions();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON permissions
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_permissions();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON permissions
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_permissions();

CREATE OR REPLACE TRIGGER raise_access_epoch AFTER INSERT OR UPDATE OR DELETE ON permissions
    FOR EACH STATEMENT EXECUTE FUNCTION backroom.raise_access_epoch();

GRANT SELECT ON permissions TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON permissions TO backroom_scoped, backroom_global;

ALTER TABLE permissions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON permissions;
CREATE POLICY see_row ON permissions FOR SELECT TO backroom_scoped
    USING ((SELECT backroom.everywhere('permission', 'see')));
DROP POLICY IF EXISTS create_row ON permissions;
CREATE POLICY create_row ON permissions FOR INSERT TO backroom_scoped
    WITH CHECK ((SELECT backroom.everywhere('permission', 'create')));
DROP POLICY IF EXISTS change_row ON permissions;
CREATE POLICY change_row ON permissions FOR UPDATE TO backroom_scoped
    USING ((SELECT backroom.everywhere('permission', 'change'))) WITH CHECK ((SELECT backroom.everywhere('permission', 'change')));
DROP POLICY IF EXISTS delete_row ON permissions;
CREATE POLICY delete_row ON permissions FOR DELETE TO backroom_scoped
    USING ((SELECT backroom.everywhere('permission', 'delete')));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON permissions;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON permissions TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'permissions' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_permissions_entity', 'list_permissions_verb', 'list_permissions_field', 'list_permissions_search_entity_verb_field'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_permissions_entity ON permissions (entity, id);
CREATE INDEX IF NOT EXISTS list_permissions_verb ON permissions (lower(verb), id);
CREATE INDEX IF NOT EXISTS list_permissions_field ON permissions (lower(field), id);
DROP VIEW IF EXISTS backroom.seen_permissions;
CREATE VIEW backroom.seen_permissions AS
    SELECT t.id, t.entity, t.role_id, t.verb, t.field, t.level, t.version, t.created_at, t.updated_at
    FROM permissions t
    WHERE (SELECT backroom.everywhere('permission', 'see'));
GRANT SELECT ON backroom.seen_permissions TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_permissions_search_entity_verb_field ON permissions USING gin ((' ' || coalesce(entity, '') || ' ' || coalesce(verb, '') || ' ' || coalesce(field, '')) gin_trgm_ops);
