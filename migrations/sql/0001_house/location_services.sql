-- location_services: A service as one location offers it, with its own price or length where they differ.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('location_service', 'location_services', 'location_service')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_location_services(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM location_services t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_location_services(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON location_services
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_location_services() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'location_service', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'location_service', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.service_id IS DISTINCT FROM n.service_id THEN jsonb_build_object('service_id', jsonb_build_array(o.service_id, n.service_id)) ELSE '{}' END ||
            CASE WHEN o.price IS DISTINCT FROM n.price THEN jsonb_build_object('price', jsonb_build_array(o.price, n.price)) ELSE '{}' END ||
            CASE WHEN o.minutes IS DISTINCT FROM n.minutes THEN jsonb_build_object('minutes', jsonb_build_array(o.minutes, n.minutes)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'location_service', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON location_services
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_location_services();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON location_services
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_location_services();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON location_services
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_location_services();

GRANT SELECT ON location_services TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON location_services TO backroom_scoped, backroom_global;

ALTER TABLE location_services ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON location_services;
CREATE POLICY see_row ON location_services FOR SELECT TO backroom_scoped
    USING (location_services.location_id = ANY ((SELECT backroom.locations('location_service', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON location_services;
CREATE POLICY create_row ON location_services FOR INSERT TO backroom_scoped
    WITH CHECK (location_services.location_id = ANY ((SELECT backroom.locations('location_service', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON location_services;
CREATE POLICY change_row ON location_services FOR UPDATE TO backroom_scoped
    USING (location_services.location_id = ANY ((SELECT backroom.locations('location_service', 'change'))::uuid[])) WITH CHECK (location_services.location_id = ANY ((SELECT backroom.locations('location_service', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON location_services;
CREATE POLICY delete_row ON location_services FOR DELETE TO backroom_scoped
    USING (location_services.location_id = ANY ((SELECT backroom.locations('location_service', 'delete'))::uuid[]));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON location_services;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON location_services TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'location_services' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_location_services_price', 'list_location_services_placed_price', 'list_location_services_minutes', 'list_location_services_placed_minutes', 'list_location_services_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_location_services_price ON location_services (price, id);
CREATE INDEX IF NOT EXISTS list_location_services_placed_price ON location_services (location_id, price, id);
CREATE INDEX IF NOT EXISTS list_location_services_minutes ON location_services (minutes, id);
CREATE INDEX IF NOT EXISTS list_location_services_placed_minutes ON location_services (location_id, minutes, id);
DROP VIEW IF EXISTS backroom.seen_location_services;
CREATE VIEW backroom.seen_location_services AS
    SELECT t.id, t.location_id, t.service_id, t.price, t.minutes, t.active, t.version, t.created_at, t.updated_at
    FROM location_services t
    WHERE t.location_id = ANY ((SELECT backroom.locations('location_service', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_location_services TO backroom_scoped;
