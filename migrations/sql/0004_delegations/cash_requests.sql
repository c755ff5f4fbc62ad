-- cash_requests: An amount that someone at a location asks for, and what for.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('cash_request', 'cash_requests', 'cash_request')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;
UPDATE backroom.entities SET decided = true WHERE entity = 'cash_request';

CREATE OR REPLACE FUNCTION backroom.audience_cash_requests(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM cash_requests t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_cash_requests(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON cash_requests
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_cash_requests() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'cash_request', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'cash_request', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.amount IS DISTINCT FROM n.amount THEN jsonb_build_object('amount', jsonb_build_array(o.amount, n.amount)) ELSE '{}' END ||
            CASE WHEN o.purpose IS DISTINCT FROM n.purpose THEN jsonb_build_object('purpose', jsonb_build_array(o.purpose, n.purpose)) ELSE '{}' END ||
            CASE WHEN o.requested_by_id IS DISTINCT FROM n.requested_by_id THEN jsonb_build_object('requested_by_id', jsonb_build_array(o.requested_by_id, n.requested_by_id)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'cash_request', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON cash_requests
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_cash_requests();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON cash_requests
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_cash_requests();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON cash_requests
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_cash_requests();

GRANT SELECT ON cash_requests TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON cash_requests TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON cash_requests TO backroom_posting;
GRANT USAGE ON SEQUENCE number_cr TO backroom_scoped, backroom_global, backroom_posting;

ALTER TABLE cash_requests ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON cash_requests;
CREATE POLICY see_row ON cash_requests FOR SELECT TO backroom_scoped
    USING (cash_requests.location_id = ANY ((SELECT backroom.locations('cash_request', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON cash_requests;
CREATE POLICY create_row ON cash_requests FOR INSERT TO backroom_scoped
    WITH CHECK (cash_requests.location_id = ANY ((SELECT backroom.locations('cash_request', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON cash_requests;
CREATE POLICY change_row ON cash_requests FOR UPDATE TO backroom_scoped
    USING (cash_requests.location_id = ANY ((SELECT backroom.locations('cash_request', 'change'))::uuid[])) WITH CHECK (cash_requests.location_id = ANY ((SELECT backroom.locations('cash_request', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON cash_requests;
CREATE POLICY delete_row ON cash_requests FOR DELETE TO backroom_scoped
    USING (cash_requests.location_id = ANY ((SELECT backroom.locations('cash_request', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON cash_requests;
CREATE POLICY post_row ON cash_requests TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON cash_requests;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON cash_requests TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'cash_requests' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_cash_requests_created_at', 'list_cash_requests_placed_created_at', 'list_cash_requests_number', 'list_cash_requests_placed_number', 'list_cash_requests_amount', 'list_cash_requests_placed_amount', 'list_cash_requests_purpose', 'list_cash_requests_placed_purpose', 'list_cash_requests_search_number_purpose'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_cash_requests_created_at ON cash_requests (created_at, id);
CREATE INDEX IF NOT EXISTS list_cash_requests_placed_created_at ON cash_requests (location_id, created_at, id);
CREATE INDEX IF NOT EXISTS list_cash_requests_number ON cash_requests (number, id);
CREATE INDEX IF NOT EXISTS list_cash_requests_placed_number ON cash_requests (location_id, number, id);
CREATE INDEX IF NOT EXISTS list_cash_requests_amount ON cash_requests (amount, id);
CREATE INDEX IF NOT EXISTS list_cash_requests_placed_amount ON cash_requests (location_id, amount, id);
CREATE INDEX IF NOT EXISTS list_cash_requests_purpose ON cash_requests (lower(purpose), id);
CREATE INDEX IF NOT EXISTS list_cash_requests_placed_purpose ON cash_requests (location_id, lower(purpose), id);
DROP VIEW IF EXISTS backroom.seen_cash_requests;
CREATE VIEW backroom.seen_cash_requests AS
    SELECT t.id, t.number, t.location_id, t.amount, t.purpose, t.requested_by_id, t.state, t.note, t.version, t.created_at, t.updated_at
    FROM cash_requests t
    WHERE t.location_id = ANY ((SELECT backroom.locations('cash_request', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_cash_requests TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_cash_requests_search_number_purpose ON cash_requests USING gin ((' ' || coalesce(number, '') || ' ' || coalesce(purpose, '')) gin_trgm_ops);
