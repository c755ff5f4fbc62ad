-- webhook_deliveries: One message to a webhook, with its attempts and the last answer.

-- Scope: hq. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('webhook_delivery', 'webhook_deliveries', 'webhook_delivery')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_webhook_deliveries(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{}'::uuid[] FROM webhook_deliveries t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_webhook_deliveries(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON webhook_deliveries
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_webhook_deliveries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'webhook_delivery', n.id, 'insert', n.version, '{}', '{}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'webhook_delivery', n.id, 'update', n.version, '{}'::uuid[], '{}'::uuid[],
            CASE WHEN o.webhook_id IS DISTINCT FROM n.webhook_id THEN jsonb_build_object('webhook_id', jsonb_build_array(o.webhook_id, n.webhook_id)) ELSE '{}' END ||
            CASE WHEN o.event IS DISTINCT FROM n.event THEN jsonb_build_object('event', jsonb_build_array(o.event, n.event)) ELSE '{}' END ||
            CASE WHEN o.payload IS DISTINCT FROM n.payload THEN jsonb_build_object('payload', jsonb_build_array(o.payload, n.payload)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.attempts IS DISTINCT FROM n.attempts THEN jsonb_build_object('attempts', jsonb_build_array(o.attempts, n.attempts)) ELSE '{}' END ||
            CASE WHEN o.next_attempt_at IS DISTINCT FROM n.next_attempt_at THEN jsonb_build_object('next_attempt_at', jsonb_build_array(o.next_attempt_at, n.next_attempt_at)) ELSE '{}' END ||
            CASE WHEN o.delivered_at IS DISTINCT FROM n.delivered_at THEN jsonb_build_object('delivered_at', jsonb_build_array(o.delivered_at, n.delivered_at)) ELSE '{}' END ||
            CASE WHEN o.answer_status IS DISTINCT FROM n.answer_status THEN jsonb_build_object('answer_status', jsonb_build_array(o.answer_status, n.answer_status)) ELSE '{}' END ||
            CASE WHEN o.answer IS DISTINCT FROM n.answer THEN jsonb_build_object('answer', jsonb_build_array(o.answer, n.answer)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'webhook_delivery', o.id, 'delete', o.version + 1, '{}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON webhook_deliveries
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_webhook_deliveries();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON webhook_deliveries
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_webhook_deliveries();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON webhook_deliveries
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_webhook_deliveries();

GRANT SELECT ON webhook_deliveries TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON webhook_deliveries TO backroom_scoped, backroom_global;

ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON webhook_deliveries;
CREATE POLICY see_row ON webhook_deliveries FOR SELECT TO backroom_scoped
    USING ((SELECT backroom.everywhere('webhook_delivery', 'see')));
DROP POLICY IF EXISTS create_row ON webhook_deliveries;
CREATE POLICY create_row ON webhook_deliveries FOR INSERT TO backroom_scoped
    WITH CHECK ((SELECT backroom.everywhere('webhook_delivery', 'create')));
DROP POLICY IF EXISTS change_row ON webhook_deliveries;
CREATE POLICY change_row ON webhook_deliveries FOR UPDATE TO backroom_scoped
    USING ((SELECT backroom.everywhere('webhook_delivery', 'change'))) WITH CHECK ((SELECT backroom.everywhere('webhook_delivery', 'change')));
DROP POLICY IF EXISTS delete_row ON webhook_deliveries;
CREATE POLICY delete_row ON webhook_deliveries FOR DELETE TO backroom_scoped
    USING ((SELECT backroom.everywhere('webhook_delivery', 'delete')));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON webhook_deliveries;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON webhook_deliveries TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'webhook_deliveries' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_webhook_deliveries_created_at', 'list_webhook_deliveries_event', 'list_webhook_deliveries_attempts', 'list_webhook_deliveries_answer_status', 'list_webhook_deliveries_next_attempt_at', 'list_webhook_deliveries_search_event'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_webhook_deliveries_created_at ON webhook_deliveries (created_at, id);
CREATE INDEX IF NOT EXISTS list_webhook_deliveries_event ON webhook_deliveries (lower(event), id);
CREATE INDEX IF NOT EXISTS list_webhook_deliveries_attempts ON webhook_deliveries (attempts, id);
CREATE INDEX IF NOT EXISTS list_webhook_deliveries_answer_status ON webhook_deliveries (answer_status, id);
CREATE INDEX IF NOT EXISTS list_webhook_deliveries_next_attempt_at ON webhook_deliveries (next_attempt_at, id);
DROP VIEW IF EXISTS backroom.seen_webhook_deliveries;
CREATE VIEW backroom.seen_webhook_deliveries AS
    SELECT t.id, t.webhook_id, t.event, t.payload, t.state, t.attempts, t.next_attempt_at, t.delivered_at, t.answer_status, t.answer, t.version, t.created_at, t.updated_at
    FROM webhook_deliveries t
    WHERE (SELECT backroom.everywhere('webhook_delivery', 'see'));
GRANT SELECT ON backroom.seen_webhook_deliveries TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_webhook_deliveries_search_event ON webhook_deliveries USING gin ((' ' || coalesce(event, '')) gin_trgm_ops);
