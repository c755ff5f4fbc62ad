-- notification_rules: Who is told when something happens to a kind of record.

-- Scope: hq. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('notification_rule', 'notification_rules', 'notification_rule')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_notification_rules(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{}'::uuid[] FROM notification_rules t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_notification_rules(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON notification_rules
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_notification_rules() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'notification_rule', n.id, 'insert', n.version, '{}', '{}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'notification_rule', n.id, 'update', n.version, '{}'::uuid[], '{}'::uuid[],
            CASE WHEN o.entity IS DISTINCT FROM n.entity THEN jsonb_build_object('entity', jsonb_build_array(o.entity, n.entity)) ELSE '{}' END ||
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.event IS DISTINCT FROM n.event THEN jsonb_build_object('event', jsonb_build_array(o.event, n.event)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.role_id IS DISTINCT FROM n.role_id THEN jsonb_build_object('role_id', jsonb_build_array(o.role_id, n.role_id)) ELSE '{}' END ||
            CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'notification_rule', o.id, 'delete', o.version + 1, '{}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON notification_rules
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_notification_rules();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON notification_rules
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_notification_rules();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON notification_rules
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_notification_rules();

GRANT SELECT ON notification_rules TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON notification_rules TO backroom_scoped, backroom_global;

ALTER TABLE notification_rules ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON notification_rules;
CREATE POLICY see_row ON notification_rules FOR SELECT TO backroom_scoped
    USING ((SELECT backroom.everywhere('notification_rule', 'see')));
DROP POLICY IF EXISTS create_row ON notification_rules;
CREATE POLICY create_row ON notification_rules FOR INSERT TO backroom_scoped
    WITH CHECK ((SELECT backroom.everywhere('notification_rule', 'create')));
DROP POLICY IF EXISTS change_row ON notification_rules;
CREATE POLICY change_row ON notification_rules FOR UPDATE TO backroom_scoped
    USING ((SELECT backroom.everywhere('notification_rule', 'change'))) WITH CHECK ((SELECT backroom.everywhere('notification_rule', 'change')));
DROP POLICY IF EXISTS delete_row ON notification_rules;
CREATE POLICY delete_row ON notification_rules FOR DELETE TO backroom_scoped
    USING ((SELECT backroom.everywhere('notification_rule', 'delete')));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON notification_rules;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON notification_rules TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'notification_rules' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_notification_rules_name', 'list_notification_rules_search_name_entity'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_notification_rules_name ON notification_rules (lower(name), id);
DROP VIEW IF EXISTS backroom.seen_notification_rules;
CREATE VIEW backroom.seen_notification_rules AS
    SELECT t.id, t.entity, t.name, t.event, t.state, t.role_id, t.user_id, t.location_id, t.active, t.version, t.created_at, t.updated_at
    FROM notification_rules t
    WHERE (SELECT backroom.everywhere('notification_rule', 'see'));
GRANT SELECT ON backroom.seen_notification_rules TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_notification_rules_search_name_entity ON notification_rules USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(entity, '')) gin_trgm_ops);
