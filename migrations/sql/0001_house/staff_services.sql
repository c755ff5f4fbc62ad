-- staff_services: A service that somebody can do.

-- Scope: via. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('staff_service', 'staff_services', 'staff_service')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_staff_services(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = t_parent.id) FROM staff t_parent WHERE t_parent.id = t.staff_id), '{}'::uuid[]) FROM staff_services t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_staff_services(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON staff_services
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_staff_services() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'staff_service', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = n_parent.id) FROM staff n_parent WHERE n_parent.id = n.staff_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'staff_service', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = o_parent.id) FROM staff o_parent WHERE o_parent.id = o.staff_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = n_parent.id) FROM staff n_parent WHERE n_parent.id = n.staff_id), '{}'::uuid[]),
            CASE WHEN o.staff_id IS DISTINCT FROM n.staff_id THEN jsonb_build_object('staff_id', jsonb_build_array(o.staff_id, n.staff_id)) ELSE '{}' END ||
            CASE WHEN o.service_id IS DISTINCT FROM n.service_id THEN jsonb_build_object('service_id', jsonb_build_array(o.service_id, n.service_id)) ELSE '{}' END ||
            CASE WHEN o.minutes IS DISTINCT FROM n.minutes THEN jsonb_build_object('minutes', jsonb_build_array(o.minutes, n.minutes)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'staff_service', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) || ARRAY(SELECT x.location_id FROM staff_locations x WHERE x.staff_id = o_parent.id) FROM staff o_parent WHERE o_parent.id = o.staff_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON staff_services
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_staff_services();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON staff_services
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_staff_services();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON staff_services
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_staff_services();

GRANT SELECT ON staff_services TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON staff_services TO backroom_scoped, backroom_global;

ALTER TABLE staff_services ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON staff_services;
CREATE POLICY see_row ON staff_services FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM staff staff_services_parent WHERE staff_services_parent.id IN (staff_services.staff_id) AND (staff_services_parent.location_id = ANY ((SELECT backroom.locations('staff_service', 'see'))::uuid[]) OR staff_services_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_service', 'see')))::uuid[]))));
DROP POLICY IF EXISTS create_row ON staff_services;
CREATE POLICY create_row ON staff_services FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM staff staff_services_parent WHERE staff_services_parent.id IN (staff_services.staff_id) AND (staff_services_parent.location_id = ANY ((SELECT backroom.locations('staff_service', 'create'))::uuid[]) OR staff_services_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_service', 'create')))::uuid[]))));
DROP POLICY IF EXISTS change_row ON staff_services;
CREATE POLICY change_row ON staff_services FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM staff staff_services_parent WHERE staff_services_parent.id IN (staff_services.staff_id) AND (staff_services_parent.location_id = ANY ((SELECT backroom.locations('staff_service', 'change'))::uuid[]) OR staff_services_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_service', 'change')))::uuid[])))) WITH CHECK (EXISTS (SELECT 1 FROM staff staff_services_parent WHERE staff_services_parent.id IN (staff_services.staff_id) AND (staff_services_parent.location_id = ANY ((SELECT backroom.locations('staff_service', 'change'))::uuid[]) OR staff_services_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_service', 'change')))::uuid[]))));
DROP POLICY IF EXISTS delete_row ON staff_services;
CREATE POLICY delete_row ON staff_services FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM staff staff_services_parent WHERE staff_services_parent.id IN (staff_services.staff_id) AND (staff_services_parent.location_id = ANY ((SELECT backroom.locations('staff_service', 'delete'))::uuid[]) OR staff_services_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_service', 'delete')))::uuid[]))));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON staff_services;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON staff_services TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'staff_services' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_staff_services_created_at', 'list_staff_services_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_staff_services_created_at ON staff_services (created_at, id);
DROP VIEW IF EXISTS backroom.seen_staff_services;
CREATE VIEW backroom.seen_staff_services AS
    SELECT t.id, t.staff_id, t.service_id, t.minutes, t.version, t.created_at, t.updated_at
    FROM staff_services t
    WHERE EXISTS (SELECT 1 FROM staff t_parent WHERE t_parent.id IN (t.staff_id) AND (t_parent.location_id = ANY ((SELECT backroom.locations('staff_service', 'see'))::uuid[]) OR t_parent.id = ANY ((SELECT backroom.staff_locations_within(backroom.locations('staff_service', 'see')))::uuid[])));
GRANT SELECT ON backroom.seen_staff_services TO backroom_scoped;
