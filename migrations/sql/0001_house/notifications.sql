-- notifications: Something that happened, told to one person.

-- Scope: own. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('notification', 'notifications', 'notification')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_notifications(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.user_id], NULL) FROM notifications t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_notifications(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON notifications
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_notifications() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'notification', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.user_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'notification', n.id, 'update', n.version, array_remove(ARRAY[o.user_id], NULL), array_remove(ARRAY[n.user_id], NULL),
            CASE WHEN o.entity IS DISTINCT FROM n.entity THEN jsonb_build_object('entity', jsonb_build_array(o.entity, n.entity)) ELSE '{}' END ||
            CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END ||
            CASE WHEN o.title IS DISTINCT FROM n.title THEN jsonb_build_object('title', jsonb_build_array(o.title, n.title)) ELSE '{}' END ||
            CASE WHEN o.body IS DISTINCT FROM n.body THEN jsonb_build_object('body', jsonb_build_array(o.body, n.body)) ELSE '{}' END ||
            CASE WHEN o.record_id IS DISTINCT FROM n.record_id THEN jsonb_build_object('record_id', jsonb_build_array(o.record_id, n.record_id)) ELSE '{}' END ||
            CASE WHEN o.rule_id IS DISTINCT FROM n.rule_id THEN jsonb_build_object('rule_id', jsonb_build_array(o.rule_id, n.rule_id)) ELSE '{}' END ||
            CASE WHEN o.read_at IS DISTINCT FROM n.read_at THEN jsonb_build_object('read_at', jsonb_build_array(o.read_at, n.read_at)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'notification', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.user_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON notifications
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_notifications();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON notifications
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_notifications();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON notifications
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_notifications();

GRANT SELECT ON notifications TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON notifications TO backroom_scoped, backroom_global;

ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON notifications;
CREATE POLICY see_row ON notifications FOR SELECT TO backroom_scoped
    USING (((SELECT backroom.everywhere('notification', 'see')) OR notifications.user_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS create_row ON notifications;
CREATE POLICY create_row ON notifications FOR INSERT TO backroom_scoped
    WITH CHECK (((SELECT backroom.everywhere('notification', 'create'))));
DROP POLICY IF EXISTS change_row ON notifications;
CREATE POLICY change_row ON notifications FOR UPDATE TO backroom_scoped
    USING (((SELECT backroom.everywhere('notification', 'change')) OR notifications.user_id = (SELECT backroom.actor()))) WITH CHECK (((SELECT backroom.everywhere('notification', 'change')) OR notifications.user_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS delete_row ON notifications;
CREATE POLICY delete_row ON notifications FOR DELETE TO backroom_scoped
    USING (((SELECT backroom.everywhere('notification', 'delete'))));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON notifications;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON notifications TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'notifications' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_notifications_created_at', 'list_notifications_title', 'list_notifications_read_at', 'list_notifications_search_title_body'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_notifications_created_at ON notifications (created_at, id);
CREATE INDEX IF NOT EXISTS list_notifications_title ON notifications (lower(title), id);
CREATE INDEX IF NOT EXISTS list_notifications_read_at ON notifications (read_at, id);
DROP VIEW IF EXISTS backroom.seen_notifications;
CREATE VIEW backroom.seen_notifications AS
    SELECT t.id, t.entity, t.user_id, t.title, t.body, t.record_id, t.rule_id, t.read_at, t.version, t.created_at, t.updated_at
    FROM notifications t
    WHERE ((SELECT backroom.everywhere('notification', 'see')) OR t.user_id = (SELECT backroom.actor()));
GRANT SELECT ON backroom.seen_notifications TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_notifications_search_title_body ON notifications USING gin ((' ' || coalesce(title, '') || ' ' || coalesce(body, '')) gin_trgm_ops);
