-- stock_requests: What a location needs from a warehouse or another store; approved, it becomes a transfer.

-- Scope: between. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('stock_request', 'stock_requests', 'stock_request')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;
UPDATE backroom.entities SET decided = true WHERE entity = 'stock_request';

CREATE OR REPLACE FUNCTION backroom.audience_stock_requests(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.from_location_id, t.to_location_id], NULL) FROM stock_requests t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_stock_requests(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON stock_requests
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_stock_requests() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_request', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.from_location_id, n.to_location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_request', n.id, 'update', n.version, array_remove(ARRAY[o.from_location_id, o.to_location_id], NULL), array_remove(ARRAY[n.from_location_id, n.to_location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.to_location_id IS DISTINCT FROM n.to_location_id THEN jsonb_build_object('to_location_id', jsonb_build_array(o.to_location_id, n.to_location_id)) ELSE '{}' END ||
            CASE WHEN o.from_location_id IS DISTINCT FROM n.from_location_id THEN jsonb_build_object('from_location_id', jsonb_build_array(o.from_location_id, n.from_location_id)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.needed_on IS DISTINCT FROM n.needed_on THEN jsonb_build_object('needed_on', jsonb_build_array(o.needed_on, n.needed_on)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END ||
            CASE WHEN o.requested_at IS DISTINCT FROM n.requested_at THEN jsonb_build_object('requested_at', jsonb_build_array(o.requested_at, n.requested_at)) ELSE '{}' END ||
            CASE WHEN o.requested_by_id IS DISTINCT FROM n.requested_by_id THEN jsonb_build_object('requested_by_id', jsonb_build_array(o.requested_by_id, n.requested_by_id)) ELSE '{}' END ||
            CASE WHEN o.decided_at IS DISTINCT FROM n.decided_at THEN jsonb_build_object('decided_at', jsonb_build_array(o.decided_at, n.decided_at)) ELSE '{}' END ||
            CASE WHEN o.decided_by_id IS DISTINCT FROM n.decided_by_id THEN jsonb_build_object('decided_by_id', jsonb_build_array(o.decided_by_id, n.decided_by_id)) ELSE '{}' END ||
            CASE WHEN o.answer IS DISTINCT FROM n.answer THEN jsonb_build_object('answer', jsonb_build_array(o.answer, n.answer)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_request', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.from_location_id, o.to_location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON stock_requests
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_requests();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON stock_requests
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_requests();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON stock_requests
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_requests();

GRANT SELECT ON stock_requests TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON stock_requests TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON stock_requests TO backroom_posting;
GRANT USAGE ON SEQUENCE number_rq TO backroom_scoped, backroom_global, backroom_posting;

ALTER TABLE stock_requests ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON stock_requests;
CREATE POLICY see_row ON stock_requests FOR SELECT TO backroom_scoped
    USING ((stock_requests.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'see'))::uuid[]) OR stock_requests.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON stock_requests;
CREATE POLICY create_row ON stock_requests FOR INSERT TO backroom_scoped
    WITH CHECK ((stock_requests.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'create'))::uuid[]) OR stock_requests.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'create'))::uuid[])));
DROP POLICY IF EXISTS change_row ON stock_requests;
CREATE POLICY change_row ON stock_requests FOR UPDATE TO backroom_scoped
    USING ((stock_requests.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[]) OR stock_requests.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[]))) WITH CHECK ((stock_requests.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[]) OR stock_requests.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON stock_requests;
CREATE POLICY delete_row ON stock_requests FOR DELETE TO backroom_scoped
    USING ((stock_requests.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'delete'))::uuid[]) OR stock_requests.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'delete'))::uuid[])));
DROP POLICY IF EXISTS post_row ON stock_requests;
CREATE POLICY post_row ON stock_requests TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON stock_requests;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON stock_requests TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'stock_requests' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_stock_requests_created_at', 'list_stock_requests_number', 'list_stock_requests_needed_on', 'list_stock_requests_requested_at', 'list_stock_requests_search_number_note'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_stock_requests_created_at ON stock_requests (created_at, id);
CREATE INDEX IF NOT EXISTS list_stock_requests_number ON stock_requests (number, id);
CREATE INDEX IF NOT EXISTS list_stock_requests_needed_on ON stock_requests (needed_on, id);
CREATE INDEX IF NOT EXISTS list_stock_requests_requested_at ON stock_requests (requested_at, id);
DROP VIEW IF EXISTS backroom.seen_stock_requests;
CREATE VIEW backroom.seen_stock_requests AS
    SELECT t.id, t.number, t.to_location_id, t.from_location_id, t.state, t.needed_on, t.note, t.requested_at, t.requested_by_id, t.decided_at, t.decided_by_id, t.answer, t.version, t.created_at, t.updated_at
    FROM stock_requests t
    WHERE (t.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'see'))::uuid[]) OR t.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_stock_requests TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_stock_requests_search_number_note ON stock_requests USING gin ((' ' || coalesce(number, '') || ' ' || coalesce(note, '')) gin_trgm_ops);
