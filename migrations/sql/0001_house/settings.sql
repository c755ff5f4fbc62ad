-- settings: One decision of the installation: its name, currency, how long history is kept …

-- Scope: hq. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('setting', 'settings', 'setting')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_settings(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{}'::uuid[] FROM settings t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_settings(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON settings
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_settings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'setting', n.id, 'insert', n.version, '{}', '{}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'setting', n.id, 'update', n.version, '{}'::uuid[], '{}'::uuid[],
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.value IS DISTINCT FROM n.value THEN jsonb_build_object('value', jsonb_build_array(o.value, n.value)) ELSE '{}' END ||
            CASE WHEN o.description IS DISTINCT FROM n.description THEN jsonb_build_object('description', jsonb_build_array(o.description, n.description)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'setting', o.id, 'delete', o.version + 1, '{}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON settings
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_settings();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON settings
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_settings();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON settings
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_settings();

GRANT SELECT ON settings TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON settings TO backroom_scoped, backroom_global;

ALTER TABLE settings ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON settings;
CREATE POLICY see_row ON settings FOR SELECT TO backroom_scoped
    USING ((SELECT backroom.everywhere('setting', 'see')));
DROP POLICY IF EXISTS create_row ON settings;
CREATE POLICY create_row ON settings FOR INSERT TO backroom_scoped
    WITH CHECK ((SELECT backroom.everywhere('setting', 'create')));
DROP POLICY IF EXISTS change_row ON settings;
CREATE POLICY change_row ON settings FOR UPDATE TO backroom_scoped
    USING ((SELECT backroom.everywhere('setting', 'change'))) WITH CHECK ((SELECT backroom.everywhere('setting', 'change')));
DROP POLICY IF EXISTS delete_row ON settings;
CREATE POLICY delete_row ON settings FOR DELETE TO backroom_scoped
    USING ((SELECT backroom.everywhere('setting', 'delete')));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON settings;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON settings TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'settings' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_settings_name', 'list_settings_value', 'list_settings_search_name_description'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_settings_name ON settings (name, id);
CREATE INDEX IF NOT EXISTS list_settings_value ON settings (lower(value), id);
DROP VIEW IF EXISTS backroom.seen_settings;
CREATE VIEW backroom.seen_settings AS
    SELECT t.id, t.name, t.value, t.description, t.version, t.created_at, t.updated_at
    FROM settings t
    WHERE (SELECT backroom.everywhere('setting', 'see'));
GRANT SELECT ON backroom.seen_settings TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_settings_search_name_description ON settings USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(description, '')) gin_trgm_ops);
