-- services: Something done for a client, with its usual length and price.

-- Scope: shared. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('service', 'services', 'service')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_services(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{00000000-0000-0000-0000-000000000000}'::uuid[] FROM services t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_services(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON services
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_services() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'service', n.id, 'insert', n.version, '{}', '{00000000-0000-0000-0000-000000000000}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'service', n.id, 'update', n.version, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{00000000-0000-0000-0000-000000000000}'::uuid[],
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.category_id IS DISTINCT FROM n.category_id THEN jsonb_build_object('category_id', jsonb_build_array(o.category_id, n.category_id)) ELSE '{}' END ||
            CASE WHEN o.minutes IS DISTINCT FROM n.minutes THEN jsonb_build_object('minutes', jsonb_build_array(o.minutes, n.minutes)) ELSE '{}' END ||
            CASE WHEN o.price IS DISTINCT FROM n.price THEN jsonb_build_object('price', jsonb_build_array(o.price, n.price)) ELSE '{}' END ||
            CASE WHEN o.tax_rate_id IS DISTINCT FROM n.tax_rate_id THEN jsonb_build_object('tax_rate_id', jsonb_build_array(o.tax_rate_id, n.tax_rate_id)) ELSE '{}' END ||
            CASE WHEN o.colour IS DISTINCT FROM n.colour THEN jsonb_build_object('colour', jsonb_build_array(o.colour, n.colour)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END ||
            CASE WHEN o.description IS DISTINCT FROM n.description THEN jsonb_build_object('description', jsonb_build_array(o.description, n.description)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'service', o.id, 'delete', o.version + 1, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON services
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_services();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON services
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_services();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON services
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_services();

GRANT SELECT ON services TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON services TO backroom_scoped, backroom_global;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'services' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_services_name', 'list_services_minutes', 'list_services_price', 'list_services_search_name'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_services_name ON services (lower(name), id);
CREATE INDEX IF NOT EXISTS list_services_minutes ON services (minutes, id);
CREATE INDEX IF NOT EXISTS list_services_price ON services (price, id);

CREATE INDEX IF NOT EXISTS list_services_search_name ON services USING gin ((' ' || coalesce(name, '')) gin_trgm_ops);
