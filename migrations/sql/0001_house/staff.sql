-- staff: Somebody who works at one or more locations.

-- Scope: spread. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('staff', 'staff', 'staff')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.staff_locations_within(places uuid[]) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE(array_agg(DISTINCT x.staff_id), '{}') FROM staff_locations x WHERE x.location_id = ANY (places)
$$;

CREATE OR REPLACE FUNCTION backroom.audience_staff(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = t.id) FROM staff t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_staff(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON staff
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_staff() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'staff', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = n.id), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'staff', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = o.id), array_remove(ARRAY[n.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = n.id),
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.job IS DISTINCT FROM n.job THEN jsonb_build_object('job', jsonb_build_array(o.job, n.job)) ELSE '{}' END ||
            CASE WHEN o.employee_number IS DISTINCT FROM n.employee_number THEN jsonb_build_object('employee_number', jsonb_build_array(o.employee_number, n.employee_number)) ELSE '{}' END ||
            CASE WHEN o.phone IS DISTINCT FROM n.phone THEN jsonb_build_object('phone', jsonb_build_array(o.phone, n.phone)) ELSE '{}' END ||
            CASE WHEN o.colour IS DISTINCT FROM n.colour THEN jsonb_build_object('colour', jsonb_build_array(o.colour, n.colour)) ELSE '{}' END ||
            CASE WHEN o.birthday IS DISTINCT FROM n.birthday THEN jsonb_build_object('birthday', jsonb_build_array(o.birthday, n.birthday)) ELSE '{}' END ||
            CASE WHEN o.joined_on IS DISTINCT FROM n.joined_on THEN jsonb_build_object('joined_on', jsonb_build_array(o.joined_on, n.joined_on)) ELSE '{}' END ||
            CASE WHEN o.picture IS DISTINCT FROM n.picture THEN jsonb_build_object('picture', jsonb_build_array(o.picture, n.picture)) ELSE '{}' END ||
            CASE WHEN o.status IS DISTINCT FROM n.status THEN jsonb_build_object('status', jsonb_build_array(o.status, n.status)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'staff', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = o.id), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON staff
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_staff();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON staff
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_staff();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON staff
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_staff();

GRANT SELECT ON staff TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON staff TO backroom_scoped, backroom_global;

ALTER TABLE staff ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON staff;
CREATE POLICY see_row ON staff FOR SELECT TO backroom_scoped
    USING ((staff.location_id = ANY ((SELECT backroom.locations('staff', 'see'))::uuid[]) OR staff.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff', 'see')))::uuid[])));
DROP POLICY IF EXISTS create_row ON staff;
CREATE POLICY create_row ON staff FOR INSERT TO backroom_scoped
    WITH CHECK ((staff.location_id = ANY ((SELECT backroom.locations('staff', 'create'))::uuid[]) OR staff.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff', 'create')))::uuid[])));
DROP POLICY IF EXISTS change_row ON staff;
CREATE POLICY change_row ON staff FOR UPDATE TO backroom_scoped
    USING ((staff.location_id = ANY ((SELECT backroom.locations('staff', 'change'))::uuid[]) OR staff.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff', 'change')))::uuid[]))) WITH CHECK ((staff.location_id = ANY ((SELECT backroom.locations('staff', 'change'))::uuid[]) OR staff.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff', 'change')))::uuid[])));
DROP POLICY IF EXISTS delete_row ON staff;
CREATE POLICY delete_row ON staff FOR DELETE TO backroom_scoped
    USING ((staff.location_id = ANY ((SELECT backroom.locations('staff', 'delete'))::uuid[]) OR staff.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff', 'delete')))::uuid[])));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON staff;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON staff TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'staff' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_staff_name', 'list_staff_job', 'list_staff_employee_number', 'list_staff_search_name_employee_number_phone'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_staff_name ON staff (lower(name), id);
CREATE INDEX IF NOT EXISTS list_staff_job ON staff (lower(job), id);
CREATE INDEX IF NOT EXISTS list_staff_employee_number ON staff (lower(employee_number), id);
DROP VIEW IF EXISTS backroom.seen_staff;
CREATE VIEW backroom.seen_staff AS
    SELECT t.id, t.name, t.user_id, t.location_id, t.job, t.employee_number, t.phone, t.colour, t.birthday, t.joined_on, t.picture, t.status, t.version, t.created_at, t.updated_at
    FROM staff t
    WHERE (t.location_id = ANY ((SELECT backroom.locations('staff', 'see'))::uuid[]) OR t.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff', 'see')))::uuid[]));
GRANT SELECT ON backroom.seen_staff TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_staff_search_name_employee_number_phone ON staff USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(employee_number, '') || ' ' || coalesce(phone, '')) gin_trgm_ops);
