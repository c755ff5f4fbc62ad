-- clients: Somebody who buys from us or comes for appointments, at whatever location.

-- Scope: shared. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('client', 'clients', 'client')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_clients(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{00000000-0000-0000-0000-000000000000}'::uuid[] FROM clients t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_clients(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON clients
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_clients() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'client', n.id, 'insert', n.version, '{}', '{00000000-0000-0000-0000-000000000000}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'client', n.id, 'update', n.version, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{00000000-0000-0000-0000-000000000000}'::uuid[],
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.phone IS DISTINCT FROM n.phone THEN jsonb_build_object('phone', jsonb_build_array(o.phone, n.phone)) ELSE '{}' END ||
            CASE WHEN o.email IS DISTINCT FROM n.email THEN jsonb_build_object('email', jsonb_build_array(o.email, n.email)) ELSE '{}' END ||
            CASE WHEN o.birthday IS DISTINCT FROM n.birthday THEN jsonb_build_object('birthday', jsonb_build_array(o.birthday, n.birthday)) ELSE '{}' END ||
            CASE WHEN o.preferred_location_id IS DISTINCT FROM n.preferred_location_id THEN jsonb_build_object('preferred_location_id', jsonb_build_array(o.preferred_location_id, n.preferred_location_id)) ELSE '{}' END ||
            CASE WHEN o.preferences IS DISTINCT FROM n.preferences THEN jsonb_build_object('preferences', jsonb_build_array(o.preferences, n.preferences)) ELSE '{}' END ||
            CASE WHEN o.notes IS DISTINCT FROM n.notes THEN jsonb_build_object('notes', jsonb_build_array(o.notes, n.notes)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'client', o.id, 'delete', o.version + 1, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON clients
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_clients();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON clients
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_clients();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON clients
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_clients();

GRANT SELECT ON clients TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON clients TO backroom_scoped, backroom_global;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'clients' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_clients_name', 'list_clients_birthday', 'list_clients_created_at', 'list_clients_search_name_phone_email'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_clients_name ON clients (lower(name), id);
CREATE INDEX IF NOT EXISTS list_clients_birthday ON clients (birthday, id);
CREATE INDEX IF NOT EXISTS list_clients_created_at ON clients (created_at, id);

CREATE INDEX IF NOT EXISTS list_clients_search_name_phone_email ON clients USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(phone, '') || ' ' || coalesce(email, '')) gin_trgm_ops);
