-- users: Somebody who signs in; what they may do is said by their grants.

-- Scope: hq. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('user', 'users', 'user')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_users(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{}'::uuid[] FROM users t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_users(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_users() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'user', n.id, 'insert', n.version, '{}', '{}'::uuid[], to_jsonb(n) - ARRAY['password_hash', 'link_hash', 'totp_secret']
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'user', n.id, 'update', n.version, '{}'::uuid[], '{}'::uuid[],
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.email IS DISTINCT FROM n.email THEN jsonb_build_object('email', jsonb_build_array(o.email, n.email)) ELSE '{}' END ||
            CASE WHEN o.phone IS DISTINCT FROM n.phone THEN jsonb_build_object('phone', jsonb_build_array(o.phone, n.phone)) ELSE '{}' END ||
            CASE WHEN o.picture IS DISTINCT FROM n.picture THEN jsonb_build_object('picture', jsonb_build_array(o.picture, n.picture)) ELSE '{}' END ||
            CASE WHEN o.language IS DISTINCT FROM n.language THEN jsonb_build_object('language', jsonb_build_array(o.language, n.language)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END ||
            CASE WHEN o.password_set_at IS DISTINCT FROM n.password_set_at THEN jsonb_build_object('password_set_at', jsonb_build_array(o.password_set_at, n.password_set_at)) ELSE '{}' END ||
            CASE WHEN o.link_expires_at IS DISTINCT FROM n.link_expires_at THEN jsonb_build_object('link_expires_at', jsonb_build_array(o.link_expires_at, n.link_expires_at)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'user', o.id, 'delete', o.version + 1, '{}'::uuid[], '{}', to_jsonb(o) - ARRAY['password_hash', 'link_hash', 'totp_secret']
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON users
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_users();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON users
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_users();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON users
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_users();

CREATE OR REPLACE TRIGGER raise_access_epoch AFTER INSERT OR UPDATE OR DELETE ON users
    FOR EACH STATEMENT EXECUTE FUNCTION backroom.raise_access_epoch();

GRANT SELECT (id, name, email, phone, picture, language, active, password_set_at, link_expires_at, version, created_at, updated_at) ON users TO backroom_scoped, backroom_global;
GRANT INSERT (id, name, email, phone, picture, language, active, password_set_at, link_expires_at, version, created_at, updated_at), UPDATE (id, name, email, phone, picture, language, active, password_set_at, link_expires_at, version, created_at, updated_at), DELETE ON users TO backroom_scoped, backroom_global;

CREATE OR REPLACE VIEW people AS SELECT id, name, picture FROM users;
GRANT SELECT ON people TO backroom_scoped, backroom_global;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON users;
CREATE POLICY see_row ON users FOR SELECT TO backroom_scoped
    USING ((SELECT backroom.everywhere('user', 'see')));
DROP POLICY IF EXISTS create_row ON users;
CREATE POLICY create_row ON users FOR INSERT TO backroom_scoped
    WITH CHECK ((SELECT backroom.everywhere('user', 'create')));
DROP POLICY IF EXISTS change_row ON users;
CREATE POLICY change_row ON users FOR UPDATE TO backroom_scoped
    USING ((SELECT backroom.everywhere('user', 'change'))) WITH CHECK ((SELECT backroom.everywhere('user', 'change')));
DROP POLICY IF EXISTS delete_row ON users;
CREATE POLICY delete_row ON users FOR DELETE TO backroom_scoped
    USING ((SELECT backroom.everywhere('user', 'delete')));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON users;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON users TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'users' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_users_name', 'list_users_search_name_email_phone'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_users_name ON users (lower(name), id);
DROP VIEW IF EXISTS backroom.seen_users;
CREATE VIEW backroom.seen_users AS
    SELECT t.id, t.name, t.email, t.phone, t.picture, t.language, t.active, t.password_set_at, t.link_expires_at, t.version, t.created_at, t.updated_at
    FROM users t
    WHERE (SELECT backroom.everywhere('user', 'see'));
GRANT SELECT ON backroom.seen_users TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_users_search_name_email_phone ON users USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '')) gin_trgm_ops);
