-- locations: A place of the business: where stock lies, people work and sales are made.

-- Scope: shared. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('location', 'locations', 'location')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_locations(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{00000000-0000-0000-0000-000000000000}'::uuid[] FROM locations t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_locations(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON locations
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_locations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'location', n.id, 'insert', n.version, '{}', '{00000000-0000-0000-0000-000000000000}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'location', n.id, 'update', n.version, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{00000000-0000-0000-0000-000000000000}'::uuid[],
            CASE WHEN o.code IS DISTINCT FROM n.code THEN jsonb_build_object('code', jsonb_build_array(o.code, n.code)) ELSE '{}' END ||
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.kind IS DISTINCT FROM n.kind THEN jsonb_build_object('kind', jsonb_build_array(o.kind, n.kind)) ELSE '{}' END ||
            CASE WHEN o.parent_id IS DISTINCT FROM n.parent_id THEN jsonb_build_object('parent_id', jsonb_build_array(o.parent_id, n.parent_id)) ELSE '{}' END ||
            CASE WHEN o.address IS DISTINCT FROM n.address THEN jsonb_build_object('address', jsonb_build_array(o.address, n.address)) ELSE '{}' END ||
            CASE WHEN o.time_zone IS DISTINCT FROM n.time_zone THEN jsonb_build_object('time_zone', jsonb_build_array(o.time_zone, n.time_zone)) ELSE '{}' END ||
            CASE WHEN o.phone IS DISTINCT FROM n.phone THEN jsonb_build_object('phone', jsonb_build_array(o.phone, n.phone)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END ||
            CASE WHEN o.receives_transfers IS DISTINCT FROM n.receives_transfers THEN jsonb_build_object('receives_transfers', jsonb_build_array(o.receives_transfers, n.receives_transfers)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'location', o.id, 'delete', o.version + 1, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON locations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_locations();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON locations
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_locations();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON locations
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_locations();

GRANT SELECT ON locations TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON locations TO backroom_scoped, backroom_global;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'locations' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_locations_name', 'list_locations_code', 'list_locations_time_zone', 'list_locations_search_name_code'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_locations_name ON locations (lower(name), id);
CREATE INDEX IF NOT EXISTS list_locations_code ON locations (code, id);
CREATE INDEX IF NOT EXISTS list_locations_time_zone ON locations (lower(time_zone), id);

CREATE INDEX IF NOT EXISTS list_locations_search_name_code ON locations USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(code, '')) gin_trgm_ops);
