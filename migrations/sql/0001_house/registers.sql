-- registers: A cash drawer at a location.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('register', 'registers', 'register')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_registers(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM registers t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_registers(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON registers
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_registers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'register', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'register', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.code IS DISTINCT FROM n.code THEN jsonb_build_object('code', jsonb_build_array(o.code, n.code)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'register', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON registers
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_registers();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON registers
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_registers();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON registers
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_registers();

GRANT SELECT ON registers TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON registers TO backroom_scoped, backroom_global;

ALTER TABLE registers ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON registers;
CREATE POLICY see_row ON registers FOR SELECT TO backroom_scoped
    USING (registers.location_id = ANY ((SELECT backroom.locations('register', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON registers;
CREATE POLICY create_row ON registers FOR INSERT TO backroom_scoped
    WITH CHECK (registers.location_id = ANY ((SELECT backroom.locations('register', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON registers;
CREATE POLICY change_row ON registers FOR UPDATE TO backroom_scoped
    USING (registers.location_id = ANY ((SELECT backroom.locations('register', 'change'))::uuid[])) WITH CHECK (registers.location_id = ANY ((SELECT backroom.locations('register', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON registers;
CREATE POLICY delete_row ON registers FOR DELETE TO backroom_scoped
    USING (registers.location_id = ANY ((SELECT backroom.locations('register', 'delete'))::uuid[]));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON registers;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON registers TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'registers' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_registers_name', 'list_registers_placed_name', 'list_registers_code', 'list_registers_placed_code', 'list_registers_search_name_code'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_registers_name ON registers (lower(name), id);
CREATE INDEX IF NOT EXISTS list_registers_placed_name ON registers (location_id, lower(name), id);
CREATE INDEX IF NOT EXISTS list_registers_code ON registers (code, id);
CREATE INDEX IF NOT EXISTS list_registers_placed_code ON registers (location_id, code, id);
DROP VIEW IF EXISTS backroom.seen_registers;
CREATE VIEW backroom.seen_registers AS
    SELECT t.id, t.name, t.code, t.location_id, t.active, t.version, t.created_at, t.updated_at
    FROM registers t
    WHERE t.location_id = ANY ((SELECT backroom.locations('register', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_registers TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_registers_search_name_code ON registers USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(code, '')) gin_trgm_ops);
