-- sessions: A browser that a user is signed in with; we keep a hash of its token, never the token.

-- Scope: own. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('session', 'sessions', 'session')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_sessions(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.user_id], NULL) FROM sessions t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_sessions(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'session', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.user_id], NULL), to_jsonb(n) - ARRAY['token_hash']
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'session', n.id, 'update', n.version, array_remove(ARRAY[o.user_id], NULL), array_remove(ARRAY[n.user_id], NULL),
            CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END ||
            CASE WHEN o.device IS DISTINCT FROM n.device THEN jsonb_build_object('device', jsonb_build_array(o.device, n.device)) ELSE '{}' END ||
            CASE WHEN o.address IS DISTINCT FROM n.address THEN jsonb_build_object('address', jsonb_build_array(o.address, n.address)) ELSE '{}' END ||
            CASE WHEN o.last_seen_at IS DISTINCT FROM n.last_seen_at THEN jsonb_build_object('last_seen_at', jsonb_build_array(o.last_seen_at, n.last_seen_at)) ELSE '{}' END ||
            CASE WHEN o.expires_at IS DISTINCT FROM n.expires_at THEN jsonb_build_object('expires_at', jsonb_build_array(o.expires_at, n.expires_at)) ELSE '{}' END ||
            CASE WHEN o.ended_at IS DISTINCT FROM n.ended_at THEN jsonb_build_object('ended_at', jsonb_build_array(o.ended_at, n.ended_at)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'session', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.user_id], NULL), '{}', to_jsonb(o) - ARRAY['token_hash']
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON sessions
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sessions();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON sessions
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sessions();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON sessions
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sessions();

GRANT SELECT (id, user_id, device, address, last_seen_at, expires_at, ended_at, version, created_at, updated_at) ON sessions TO backroom_scoped, backroom_global;
GRANT INSERT (id, user_id, device, address, last_seen_at, expires_at, ended_at, version, created_at, updated_at), UPDATE (id, user_id, device, address, last_seen_at, expires_at, ended_at, version, created_at, updated_at), DELETE ON sessions TO backroom_scoped, backroom_global;

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON sessions;
CREATE POLICY see_row ON sessions FOR SELECT TO backroom_scoped
    USING (((SELECT backroom.everywhere('session', 'see')) OR sessions.user_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS create_row ON sessions;
CREATE POLICY create_row ON sessions FOR INSERT TO backroom_scoped
    WITH CHECK (((SELECT backroom.everywhere('session', 'create'))));
DROP POLICY IF EXISTS change_row ON sessions;
CREATE POLICY change_row ON sessions FOR UPDATE TO backroom_scoped
    USING (((SELECT backroom.everywhere('session', 'change')))) WITH CHECK (((SELECT backroom.everywhere('session', 'change'))));
DROP POLICY IF EXISTS delete_row ON sessions;
CREATE POLICY delete_row ON sessions FOR DELETE TO backroom_scoped
    USING (((SELECT backroom.everywhere('session', 'delete')) OR sessions.user_id = (SELECT backroom.actor())));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON sessions;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON sessions TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'sessions' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_sessions_last_seen_at', 'list_sessions_device', 'list_sessions_address', 'list_sessions_expires_at', 'list_sessions_ended_at', 'list_sessions_search_device_address'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_sessions_last_seen_at ON sessions (last_seen_at, id);
CREATE INDEX IF NOT EXISTS list_sessions_device ON sessions (lower(device), id);
CREATE INDEX IF NOT EXISTS list_sessions_address ON sessions (lower(address), id);
CREATE INDEX IF NOT EXISTS list_sessions_expires_at ON sessions (expires_at, id);
CREATE INDEX IF NOT EXISTS list_sessions_ended_at ON sessions (ended_at, id);
DROP VIEW IF EXISTS backroom.seen_sessions;
CREATE VIEW backroom.seen_sessions AS
    SELECT t.id, t.user_id, t.device, t.address, t.last_seen_at, t.expires_at, t.ended_at, t.version, t.created_at, t.updated_at
    FROM sessions t
    WHERE ((SELECT backroom.everywhere('session', 'see')) OR t.user_id = (SELECT backroom.actor()));
GRANT SELECT ON backroom.seen_sessions TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_sessions_search_device_address ON sessions USING gin ((' ' || coalesce(device, '') || ' ' || coalesce(address, '')) gin_trgm_ops);
