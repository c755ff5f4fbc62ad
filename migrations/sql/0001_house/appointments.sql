-- appointments: A client's time with a member of staff; nobody has two at once.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('appointment', 'appointments', 'appointment')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_appointments(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM appointments t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_appointments(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON appointments
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_appointments() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'appointment', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'appointment', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.client_id IS DISTINCT FROM n.client_id THEN jsonb_build_object('client_id', jsonb_build_array(o.client_id, n.client_id)) ELSE '{}' END ||
            CASE WHEN o.staff_id IS DISTINCT FROM n.staff_id THEN jsonb_build_object('staff_id', jsonb_build_array(o.staff_id, n.staff_id)) ELSE '{}' END ||
            CASE WHEN o.service_id IS DISTINCT FROM n.service_id THEN jsonb_build_object('service_id', jsonb_build_array(o.service_id, n.service_id)) ELSE '{}' END ||
            CASE WHEN o.starts_at IS DISTINCT FROM n.starts_at THEN jsonb_build_object('starts_at', jsonb_build_array(o.starts_at, n.starts_at)) ELSE '{}' END ||
            CASE WHEN o.minutes IS DISTINCT FROM n.minutes THEN jsonb_build_object('minutes', jsonb_build_array(o.minutes, n.minutes)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'appointment', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON appointments
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_appointments();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON appointments
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_appointments();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON appointments
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_appointments();

GRANT SELECT ON appointments TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON appointments TO backroom_scoped, backroom_global;
GRANT USAGE ON SEQUENCE number_ap TO backroom_scoped, backroom_global;

ALTER TABLE appointments ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON appointments;
CREATE POLICY see_row ON appointments FOR SELECT TO backroom_scoped
    USING (appointments.location_id = ANY ((SELECT backroom.locations('appointment', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON appointments;
CREATE POLICY create_row ON appointments FOR INSERT TO backroom_scoped
    WITH CHECK (appointments.location_id = ANY ((SELECT backroom.locations('appointment', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON appointments;
CREATE POLICY change_row ON appointments FOR UPDATE TO backroom_scoped
    USING (appointments.location_id = ANY ((SELECT backroom.locations('appointment', 'change'))::uuid[])) WITH CHECK (appointments.location_id = ANY ((SELECT backroom.locations('appointment', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON appointments;
CREATE POLICY delete_row ON appointments FOR DELETE TO backroom_scoped
    USING (appointments.location_id = ANY ((SELECT backroom.locations('appointment', 'delete'))::uuid[]));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON appointments;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON appointments TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'appointments' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_appointments_starts_at', 'list_appointments_placed_starts_at', 'list_appointments_number', 'list_appointments_placed_number', 'list_appointments_minutes', 'list_appointments_placed_minutes', 'list_appointments_search_number'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_appointments_starts_at ON appointments (starts_at, id);
CREATE INDEX IF NOT EXISTS list_appointments_placed_starts_at ON appointments (location_id, starts_at, id);
CREATE INDEX IF NOT EXISTS list_appointments_number ON appointments (number, id);
CREATE INDEX IF NOT EXISTS list_appointments_placed_number ON appointments (location_id, number, id);
CREATE INDEX IF NOT EXISTS list_appointments_minutes ON appointments (minutes, id);
CREATE INDEX IF NOT EXISTS list_appointments_placed_minutes ON appointments (location_id, minutes, id);
DROP VIEW IF EXISTS backroom.seen_appointments;
CREATE VIEW backroom.seen_appointments AS
    SELECT t.id, t.number, t.location_id, t.client_id, t.staff_id, t.service_id, t.starts_at, t.minutes, t.state, t.note, t.version, t.created_at, t.updated_at
    FROM appointments t
    WHERE t.location_id = ANY ((SELECT backroom.locations('appointment', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_appointments TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_appointments_search_number ON appointments USING gin ((' ' || coalesce(number, '')) gin_trgm_ops);
