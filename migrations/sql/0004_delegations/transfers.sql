-- transfers: Goods on their way from one location to another: the sender sends, the receiver counts what came.

-- Scope: between. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('transfer', 'transfers', 'transfer')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;
UPDATE backroom.entities SET decided = true WHERE entity = 'transfer';

CREATE OR REPLACE FUNCTION backroom.audience_transfers(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.from_location_id, t.to_location_id], NULL) FROM transfers t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_transfers(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON transfers
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_transfers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'transfer', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.from_location_id, n.to_location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'transfer', n.id, 'update', n.version, array_remove(ARRAY[o.from_location_id, o.to_location_id], NULL), array_remove(ARRAY[n.from_location_id, n.to_location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.from_location_id IS DISTINCT FROM n.from_location_id THEN jsonb_build_object('from_location_id', jsonb_build_array(o.from_location_id, n.from_location_id)) ELSE '{}' END ||
            CASE WHEN o.to_location_id IS DISTINCT FROM n.to_location_id THEN jsonb_build_object('to_location_id', jsonb_build_array(o.to_location_id, n.to_location_id)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.expected_on IS DISTINCT FROM n.expected_on THEN jsonb_build_object('expected_on', jsonb_build_array(o.expected_on, n.expected_on)) ELSE '{}' END ||
            CASE WHEN o.blind_receive IS DISTINCT FROM n.blind_receive THEN jsonb_build_object('blind_receive', jsonb_build_array(o.blind_receive, n.blind_receive)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END ||
            CASE WHEN o.stock_request_id IS DISTINCT FROM n.stock_request_id THEN jsonb_build_object('stock_request_id', jsonb_build_array(o.stock_request_id, n.stock_request_id)) ELSE '{}' END ||
            CASE WHEN o.requested_at IS DISTINCT FROM n.requested_at THEN jsonb_build_object('requested_at', jsonb_build_array(o.requested_at, n.requested_at)) ELSE '{}' END ||
            CASE WHEN o.requested_by_id IS DISTINCT FROM n.requested_by_id THEN jsonb_build_object('requested_by_id', jsonb_build_array(o.requested_by_id, n.requested_by_id)) ELSE '{}' END ||
            CASE WHEN o.approved_at IS DISTINCT FROM n.approved_at THEN jsonb_build_object('approved_at', jsonb_build_array(o.approved_at, n.approved_at)) ELSE '{}' END ||
            CASE WHEN o.approved_by_id IS DISTINCT FROM n.approved_by_id THEN jsonb_build_object('approved_by_id', jsonb_build_array(o.approved_by_id, n.approved_by_id)) ELSE '{}' END ||
            CASE WHEN o.dispatched_at IS DISTINCT FROM n.dispatched_at THEN jsonb_build_object('dispatched_at', jsonb_build_array(o.dispatched_at, n.dispatched_at)) ELSE '{}' END ||
            CASE WHEN o.dispatched_by_id IS DISTINCT FROM n.dispatched_by_id THEN jsonb_build_object('dispatched_by_id', jsonb_build_array(o.dispatched_by_id, n.dispatched_by_id)) ELSE '{}' END ||
            CASE WHEN o.closed_at IS DISTINCT FROM n.closed_at THEN jsonb_build_object('closed_at', jsonb_build_array(o.closed_at, n.closed_at)) ELSE '{}' END ||
            CASE WHEN o.closed_by_id IS DISTINCT FROM n.closed_by_id THEN jsonb_build_object('closed_by_id', jsonb_build_array(o.closed_by_id, n.closed_by_id)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'transfer', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.from_location_id, o.to_location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON transfers
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_transfers();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON transfers
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_transfers();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON transfers
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_transfers();

GRANT SELECT ON transfers TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON transfers TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON transfers TO backroom_posting;
GRANT USAGE ON SEQUENCE number_tr TO backroom_scoped, backroom_global, backroom_posting;

ALTER TABLE transfers ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON transfers;
CREATE POLICY see_row ON transfers FOR SELECT TO backroom_scoped
    USING ((transfers.from_location_id = ANY ((SELECT backroom.locations('transfer', 'see'))::uuid[]) OR transfers.to_location_id = ANY ((SELECT backroom.locations('transfer', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON transfers;
CREATE POLICY create_row ON transfers FOR INSERT TO backroom_scoped
    WITH CHECK ((transfers.from_location_id = ANY ((SELECT backroom.locations('transfer', 'create'))::uuid[]) OR transfers.to_location_id = ANY ((SELECT backroom.locations('transfer', 'create'))::uuid[])));
DROP POLICY IF EXISTS change_row ON transfers;
CREATE POLICY change_row ON transfers FOR UPDATE TO backroom_scoped
    USING ((transfers.from_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[]) OR transfers.to_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[]))) WITH CHECK ((transfers.from_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[]) OR transfers.to_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON transfers;
CREATE POLICY delete_row ON transfers FOR DELETE TO backroom_scoped
    USING ((transfers.from_location_id = ANY ((SELECT backroom.locations('transfer', 'delete'))::uuid[]) OR transfers.to_location_id = ANY ((SELECT backroom.locations('transfer', 'delete'))::uuid[])));
DROP POLICY IF EXISTS post_row ON transfers;
CREATE POLICY post_row ON transfers TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON transfers;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON transfers TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'transfers' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_transfers_created_at', 'list_transfers_number', 'list_transfers_dispatched_at', 'list_transfers_expected_on', 'list_transfers_search_number_note'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_transfers_created_at ON transfers (created_at, id);
CREATE INDEX IF NOT EXISTS list_transfers_number ON transfers (number, id);
CREATE INDEX IF NOT EXISTS list_transfers_dispatched_at ON transfers (dispatched_at, id);
CREATE INDEX IF NOT EXISTS list_transfers_expected_on ON transfers (expected_on, id);
DROP VIEW IF EXISTS backroom.seen_transfers;
CREATE VIEW backroom.seen_transfers AS
    SELECT t.id, t.number, t.from_location_id, t.to_location_id, t.state, t.expected_on, t.blind_receive, t.note, t.stock_request_id, t.requested_at, t.requested_by_id, t.approved_at, t.approved_by_id, t.dispatched_at, t.dispatched_by_id, t.closed_at, t.closed_by_id, t.version, t.created_at, t.updated_at
    FROM transfers t
    WHERE (t.from_location_id = ANY ((SELECT backroom.locations('transfer', 'see'))::uuid[]) OR t.to_location_id = ANY ((SELECT backroom.locations('transfer', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_transfers TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_transfers_search_number_note ON transfers USING gin ((' ' || coalesce(number, '') || ' ' || coalesce(note, '')) gin_trgm_ops);
