-- api_tokens: A key with which a program acts for a user; shown once, then only its hash is kept.

-- Scope: own. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('api_token', 'api_tokens', 'api_token')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_api_tokens(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.user_id], NULL) FROM api_tokens t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_api_tokens(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON api_tokens
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_api_tokens() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'api_token', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.user_id], NULL), to_jsonb(n) - ARRAY['token_hash']
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'api_token', n.id, 'update', n.version, array_remove(ARRAY[o.user_id], NULL), array_remove(ARRAY[n.user_id], NULL),
            CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END ||
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.begins_with IS DISTINCT FROM n.begins_with THEN jsonb_build_object('begins_with', jsonb_build_array(o.begins_with, n.begins_with)) ELSE '{}' END ||
            CASE WHEN o.scopes IS DISTINCT FROM n.scopes THEN jsonb_build_object('scopes', jsonb_build_array(o.scopes, n.scopes)) ELSE '{}' END ||
            CASE WHEN o.last_used_at IS DISTINCT FROM n.last_used_at THEN jsonb_build_object('last_used_at', jsonb_build_array(o.last_used_at, n.last_used_at)) ELSE '{}' END ||
            CASE WHEN o.expires_at IS DISTINCT FROM n.expires_at THEN jsonb_build_object('expires_at', jsonb_build_array(o.expires_at, n.expires_at)) ELSE '{}' END ||
            CASE WHEN o.revoked_at IS DISTINCT FROM n.revoked_at THEN jsonb_build_object('revoked_at', jsonb_build_array(o.revoked_at, n.revoked_at)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'api_token', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.user_id], NULL), '{}', to_jsonb(o) - ARRAY['token_hash']
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON api_tokens
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_api_tokens();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON api_tokens
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_api_tokens();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON api_tokens
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_api_tokens();

GRANT SELECT (id, user_id, name, begins_with, scopes, last_used_at, expires_at, revoked_at, version, created_at, updated_at) ON api_tokens TO backroom_scoped, backroom_global;
GRANT INSERT (id, user_id, name, begins_with, scopes, last_used_at, expires_at, revoked_at, version, created_at, updated_at), UPDATE (id, user_id, name, begins_with, scopes, last_used_at, expires_at, revoked_at, version, created_at, updated_at), DELETE ON api_tokens TO backroom_scoped, backroom_global;

ALTER TABLE api_tokens ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON api_tokens;
CREATE POLICY see_row ON api_tokens FOR SELECT TO backroom_scoped
    USING (((SELECT backroom.everywhere('api_token', 'see')) OR api_tokens.user_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS create_row ON api_tokens;
CREATE POLICY create_row ON api_tokens FOR INSERT TO backroom_scoped
    WITH CHECK (((SELECT backroom.everywhere('api_token', 'create'))));
DROP POLICY IF EXISTS change_row ON api_tokens;
CREATE POLICY change_row ON api_tokens FOR UPDATE TO backroom_scoped
    USING (((SELECT backroom.everywhere('api_token', 'change')))) WITH CHECK (((SELECT backroom.everywhere('api_token', 'change'))));
DROP POLICY IF EXISTS delete_row ON api_tokens;
CREATE POLICY delete_row ON api_tokens FOR DELETE TO backroom_scoped
    USING (((SELECT backroom.everywhere('api_token', 'delete')) OR api_tokens.user_id = (SELECT backroom.actor())));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON api_tokens;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON api_tokens TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'api_tokens' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_api_tokens_created_at', 'list_api_tokens_name', 'list_api_tokens_begins_with', 'list_api_tokens_last_used_at', 'list_api_tokens_expires_at', 'list_api_tokens_revoked_at', 'list_api_tokens_search_name_begins_with'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_api_tokens_created_at ON api_tokens (created_at, id);
CREATE INDEX IF NOT EXISTS list_api_tokens_name ON api_tokens (lower(name), id);
CREATE INDEX IF NOT EXISTS list_api_tokens_begins_with ON api_tokens (lower(begins_with), id);
CREATE INDEX IF NOT EXISTS list_api_tokens_last_used_at ON api_tokens (last_used_at, id);
CREATE INDEX IF NOT EXISTS list_api_tokens_expires_at ON api_tokens (expires_at, id);
CREATE INDEX IF NOT EXISTS list_api_tokens_revoked_at ON api_tokens (revoked_at, id);
DROP VIEW IF EXISTS backroom.seen_api_tokens;
CREATE VIEW backroom.seen_api_tokens AS
    SELECT t.id, t.user_id, t.name, t.begins_with, t.scopes, t.last_used_at, t.expires_at, t.revoked_at, t.version, t.created_at, t.updated_at
    FROM api_tokens t
    WHERE ((SELECT backroom.everywhere('api_token', 'see')) OR t.user_id = (SELECT backroom.actor()));
GRANT SELECT ON backroom.seen_api_tokens TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_api_tokens_search_name_begins_with ON api_tokens USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(begins_with, '')) gin_trgm_ops);
