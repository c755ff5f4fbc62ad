-- staff_hours: Hours of a weekday at which somebody works at a location.

-- Scope: via. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('staff_hours', 'staff_hours', 'staff_hours')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_staff_hours(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = t_parent.id) FROM staff t_parent WHERE t_parent.id = t.staff_id), '{}'::uuid[]) FROM staff_hours t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_staff_hours(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON staff_hours
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_staff_hours() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'staff_hours', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = n_parent.id) FROM staff n_parent WHERE n_parent.id = n.staff_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'staff_hours', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = o_parent.id) FROM staff o_parent WHERE o_parent.id = o.staff_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = n_parent.id) FROM staff n_parent WHERE n_parent.id = n.staff_id), '{}'::uuid[]),
            CASE WHEN o.staff_id IS DISTINCT FROM n.staff_id THEN jsonb_build_object('staff_id', jsonb_build_array(o.staff_id, n.staff_id)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.weekday IS DISTINCT FROM n.weekday THEN jsonb_build_object('weekday', jsonb_build_array(o.weekday, n.weekday)) ELSE '{}' END ||
            CASE WHEN o.starts_at IS DISTINCT FROM n.starts_at THEN jsonb_build_object('starts_at', jsonb_build_array(o.starts_at, n.starts_at)) ELSE '{}' END ||
            CASE WHEN o.ends_at IS DISTINCT FROM n.ends_at THEN jsonb_build_object('ends_at', jsonb_build_array(o.ends_at, n.ends_at)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'staff_hours', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = o_parent.id) FROM staff o_parent WHERE o_parent.id = o.staff_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON staff_hours
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_staff_hours();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON staff_hours
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_staff_hours();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON staff_hours
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_staff_hours();

GRANT SELECT ON staff_hours TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON staff_hours TO backroom_scoped, backroom_global;

ALTER TABLE staff_hours ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON staff_hours;
CREATE POLICY see_row ON staff_hours FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM staff staff_hours_parent WHERE staff_hours_parent.id IN (staff_hours.staff_id) AND (staff_hours_parent.location_id = ANY ((SELECT backroom.locations('staff_hours', 'see'))::uuid[]) OR staff_hours_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_hours', 'see')))::uuid[]))));
DROP POLICY IF EXISTS create_row ON staff_hours;
CREATE POLICY create_row ON staff_hours FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM staff staff_hours_parent WHERE staff_hours_parent.id IN (staff_hours.staff_id) AND (staff_hours_parent.location_id = ANY ((SELECT backroom.locations('staff_hours', 'create'))::uuid[]) OR staff_hours_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_hours', 'create')))::uuid[]))));
DROP POLICY IF EXISTS change_row ON staff_hours;
CREATE POLICY change_row ON staff_hours FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM staff staff_hours_parent WHERE staff_hours_parent.id IN (staff_hours.staff_id) AND (staff_hours_parent.location_id = ANY ((SELECT backroom.locations('staff_hours', 'change'))::uuid[]) OR staff_hours_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_hours', 'change')))::uuid[])))) WITH CHECK (EXISTS (SELECT 1 FROM staff staff_hours_parent WHERE staff_hours_parent.id IN (staff_hours.staff_id) AND (staff_hours_parent.location_id = ANY ((SELECT backroom.locations('staff_hours', 'change'))::uuid[]) OR staff_hours_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_hours', 'change')))::uuid[]))));
DROP POLICY IF EXISTS delete_row ON staff_hours;
CREATE POLICY delete_row ON staff_hours FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM staff staff_hours_parent WHERE staff_hours_parent.id IN (staff_hours.staff_id) AND (staff_hours_parent.location_id = ANY ((SELECT backroom.locations('staff_hours', 'delete'))::uuid[]) OR staff_hours_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_hours', 'delete')))::uuid[]))));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON staff_hours;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON staff_hours TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'staff_hours' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_staff_hours_created_at', 'list_staff_hours_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_staff_hours_created_at ON staff_hours (created_at, id);
DROP VIEW IF EXISTS backroom.seen_staff_hours;
CREATE VIEW backroom.seen_staff_hours AS
    SELECT t.id, t.staff_id, t.location_id, t.weekday, t.starts_at, t.ends_at, t.version, t.created_at, t.updated_at
    FROM staff_hours t
    WHERE EXISTS (SELECT 1 FROM staff t_parent WHERE t_parent.id IN (t.staff_id) AND (t_parent.location_id = ANY ((SELECT backroom.locations('staff_hours', 'see'))::uuid[]) OR t_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_hours', 'see')))::uuid[])));
GRANT SELECT ON backroom.seen_staff_hours TO backroom_scoped;
