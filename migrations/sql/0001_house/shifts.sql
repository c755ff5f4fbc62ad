-- shifts: The time between opening and closing a register, with its cash counted at both ends.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('shift', 'shifts', 'shift')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_shifts(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM shifts t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_shifts(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON shifts
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version('difference');

CREATE OR REPLACE FUNCTION backroom.capture_shifts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'shift', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'shift', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.register_id IS DISTINCT FROM n.register_id THEN jsonb_build_object('register_id', jsonb_build_array(o.register_id, n.register_id)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.opened_by_id IS DISTINCT FROM n.opened_by_id THEN jsonb_build_object('opened_by_id', jsonb_build_array(o.opened_by_id, n.opened_by_id)) ELSE '{}' END ||
            CASE WHEN o.opened_at IS DISTINCT FROM n.opened_at THEN jsonb_build_object('opened_at', jsonb_build_array(o.opened_at, n.opened_at)) ELSE '{}' END ||
            CASE WHEN o.opening_cash IS DISTINCT FROM n.opening_cash THEN jsonb_build_object('opening_cash', jsonb_build_array(o.opening_cash, n.opening_cash)) ELSE '{}' END ||
            CASE WHEN o.closed_by_id IS DISTINCT FROM n.closed_by_id THEN jsonb_build_object('closed_by_id', jsonb_build_array(o.closed_by_id, n.closed_by_id)) ELSE '{}' END ||
            CASE WHEN o.closed_at IS DISTINCT FROM n.closed_at THEN jsonb_build_object('closed_at', jsonb_build_array(o.closed_at, n.closed_at)) ELSE '{}' END ||
            CASE WHEN o.expected_cash IS DISTINCT FROM n.expected_cash THEN jsonb_build_object('expected_cash', jsonb_build_array(o.expected_cash, n.expected_cash)) ELSE '{}' END ||
            CASE WHEN o.counted_cash IS DISTINCT FROM n.counted_cash THEN jsonb_build_object('counted_cash', jsonb_build_array(o.counted_cash, n.counted_cash)) ELSE '{}' END ||
            CASE WHEN o.difference IS DISTINCT FROM n.difference THEN jsonb_build_object('difference', jsonb_build_array(o.difference, n.difference)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'shift', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON shifts
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_shifts();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON shifts
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_shifts();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON shifts
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_shifts();

GRANT SELECT ON shifts TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON shifts TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON shifts TO backroom_posting;
GRANT USAGE ON SEQUENCE number_sh TO backroom_scoped, backroom_global, backroom_posting;

ALTER TABLE shifts ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON shifts;
CREATE POLICY see_row ON shifts FOR SELECT TO backroom_scoped
    USING (shifts.location_id = ANY ((SELECT backroom.locations('shift', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON shifts;
CREATE POLICY create_row ON shifts FOR INSERT TO backroom_scoped
    WITH CHECK (shifts.location_id = ANY ((SELECT backroom.locations('shift', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON shifts;
CREATE POLICY change_row ON shifts FOR UPDATE TO backroom_scoped
    USING (shifts.location_id = ANY ((SELECT backroom.locations('shift', 'change'))::uuid[])) WITH CHECK (shifts.location_id = ANY ((SELECT backroom.locations('shift', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON shifts;
CREATE POLICY delete_row ON shifts FOR DELETE TO backroom_scoped
    USING (shifts.location_id = ANY ((SELECT backroom.locations('shift', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON shifts;
CREATE POLICY post_row ON shifts TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON shifts;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON shifts TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'shifts' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_shifts_opened_at', 'list_shifts_placed_opened_at', 'list_shifts_number', 'list_shifts_placed_number', 'list_shifts_counted_cash', 'list_shifts_placed_counted_cash', 'list_shifts_difference', 'list_shifts_placed_difference', 'list_shifts_search_number'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_shifts_opened_at ON shifts (opened_at, id);
CREATE INDEX IF NOT EXISTS list_shifts_placed_opened_at ON shifts (location_id, opened_at, id);
CREATE INDEX IF NOT EXISTS list_shifts_number ON shifts (number, id);
CREATE INDEX IF NOT EXISTS list_shifts_placed_number ON shifts (location_id, number, id);
CREATE INDEX IF NOT EXISTS list_shifts_counted_cash ON shifts (counted_cash, id);
CREATE INDEX IF NOT EXISTS list_shifts_placed_counted_cash ON shifts (location_id, counted_cash, id);
CREATE INDEX IF NOT EXISTS list_shifts_difference ON shifts (difference, id);
CREATE INDEX IF NOT EXISTS list_shifts_placed_difference ON shifts (location_id, difference, id);
DROP VIEW IF EXISTS backroom.seen_shifts;
CREATE VIEW backroom.seen_shifts AS
    SELECT t.id, t.number, t.location_id, t.register_id, t.state, t.opened_by_id, t.opened_at, t.opening_cash, t.closed_by_id, t.closed_at, t.expected_cash, t.counted_cash, t.difference, t.note, t.version, t.created_at, t.updated_at
    FROM shifts t
    WHERE t.location_id = ANY ((SELECT backroom.locations('shift', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_shifts TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_shifts_search_number ON shifts USING gin ((' ' || coalesce(number, '')) gin_trgm_ops);
