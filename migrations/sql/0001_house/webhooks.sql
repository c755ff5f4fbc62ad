-- webhooks: An address that is called when certain things change.

-- Scope: hq. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('webhook', 'webhooks', 'webhook')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_webhooks(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{}'::uuid[] FROM webhooks t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_webhooks(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON webhooks
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_webhooks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'webhook', n.id, 'insert', n.version, '{}', '{}'::uuid[], to_jsonb(n) - ARRAY['signing_key']
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'webhook', n.id, 'update', n.version, '{}'::uuid[], '{}'::uuid[],
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.url IS DISTINCT FROM n.url THEN jsonb_build_object('url', jsonb_build_array(o.url, n.url)) ELSE '{}' END ||
            CASE WHEN o.events IS DISTINCT FROM n.events THEN jsonb_build_object('events', jsonb_build_array(o.events, n.events)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'webhook', o.id, 'delete', o.version + 1, '{}'::uuid[], '{}', to_jsonb(o) - ARRAY['signing_key']
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON webhooks
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_webhooks();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON webhooks
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_webhooks();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON webhooks
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_webhooks();

GRANT SELECT (id, name, url, events, active, version, created_at, updated_at) ON webhooks TO backroom_scoped, backroom_global;
GRANT INSERT (id, name, url, events, active, version, created_at, updated_at), UPDATE (id, name, url, events, active, version, created_at, updated_at), DELETE ON webhooks TO backroom_scoped, backroom_global;

ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON webhooks;
CREATE POLICY see_row ON webhooks FOR SELECT TO backroom_scoped
    USING ((SELECT backroom.everywhere('webhook', 'see')));
DROP POLICY IF EXISTS create_row ON webhooks;
CREATE POLICY create_row ON webhooks FOR INSERT TO backroom_scoped
    WITH CHECK ((SELECT backroom.everywhere('webhook', 'create')));
DROP POLICY IF EXISTS change_row ON webhooks;
CREATE POLICY change_row ON webhooks FOR UPDATE TO backroom_scoped
    USING ((SELECT backroom.everywhere('webhook', 'change'))) WITH CHECK ((SELECT backroom.everywhere('webhook', 'change')));
DROP POLICY IF EXISTS delete_row ON webhooks;
CREATE POLICY delete_row ON webhooks FOR DELETE TO backroom_scoped
    USING ((SELECT backroom.everywhere('webhook', 'delete')));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON webhooks;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON webhooks TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'webhooks' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_webhooks_name', 'list_webhooks_created_at', 'list_webhooks_search_name_url'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_webhooks_name ON webhooks (lower(name), id);
CREATE INDEX IF NOT EXISTS list_webhooks_created_at ON webhooks (created_at, id);
DROP VIEW IF EXISTS backroom.seen_webhooks;
CREATE VIEW backroom.seen_webhooks AS
    SELECT t.id, t.name, t.url, t.events, t.active, t.version, t.created_at, t.updated_at
    FROM webhooks t
    WHERE (SELECT backroom.everywhere('webhook', 'see'));
GRANT SELECT ON backroom.seen_webhooks TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_webhooks_search_name_url ON webhooks USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(url, '')) gin_trgm_ops);
