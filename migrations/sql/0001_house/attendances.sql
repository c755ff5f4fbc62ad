-- attendances: One stay at work, from clocking in to clocking out.

-- Scope: own. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('attendance', 'attendances', 'attendance')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_attendances(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = t.staff_id), t.location_id], NULL) FROM attendances t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_attendances(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON attendances
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_attendances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'attendance', n.id, 'insert', n.version, '{}', array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = n.staff_id), n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'attendance', n.id, 'update', n.version, array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = o.staff_id), o.location_id], NULL), array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = n.staff_id), n.location_id], NULL),
            CASE WHEN o.staff_id IS DISTINCT FROM n.staff_id THEN jsonb_build_object('staff_id', jsonb_build_array(o.staff_id, n.staff_id)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.clocked_in_at IS DISTINCT FROM n.clocked_in_at THEN jsonb_build_object('clocked_in_at', jsonb_build_array(o.clocked_in_at, n.clocked_in_at)) ELSE '{}' END ||
            CASE WHEN o.clocked_out_at IS DISTINCT FROM n.clocked_out_at THEN jsonb_build_object('clocked_out_at', jsonb_build_array(o.clocked_out_at, n.clocked_out_at)) ELSE '{}' END ||
            CASE WHEN o.source IS DISTINCT FROM n.source THEN jsonb_build_object('source', jsonb_build_array(o.source, n.source)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'attendance', o.id, 'delete', o.version + 1, array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = o.staff_id), o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON attendances
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_attendances();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON attendances
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_attendances();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON attendances
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_attendances();

GRANT SELECT ON attendances TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON attendances TO backroom_scoped, backroom_global;

ALTER TABLE attendances ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON attendances;
CREATE POLICY see_row ON attendances FOR SELECT TO backroom_scoped
    USING ((attendances.location_id = ANY ((SELECT backroom.locations('attendance', 'see'))::uuid[]) OR attendances.staff_id = ANY ((SELECT backroom.my_staff())::uuid[])));
DROP POLICY IF EXISTS create_row ON attendances;
CREATE POLICY create_row ON attendances FOR INSERT TO backroom_scoped
    WITH CHECK ((attendances.location_id = ANY ((SELECT backroom.locations('attendance', 'create'))::uuid[])));
DROP POLICY IF EXISTS change_row ON attendances;
CREATE POLICY change_row ON attendances FOR UPDATE TO backroom_scoped
    USING ((attendances.location_id = ANY ((SELECT backroom.locations('attendance', 'change'))::uuid[]))) WITH CHECK ((attendances.location_id = ANY ((SELECT backroom.locations('attendance', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON attendances;
CREATE POLICY delete_row ON attendances FOR DELETE TO backroom_scoped
    USING ((attendances.location_id = ANY ((SELECT backroom.locations('attendance', 'delete'))::uuid[])));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON attendances;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON attendances TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'attendances' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_attendances_clocked_in_at', 'list_attendances_clocked_out_at', 'list_attendances_search_note'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_attendances_clocked_in_at ON attendances (clocked_in_at, id);
CREATE INDEX IF NOT EXISTS list_attendances_clocked_out_at ON attendances (clocked_out_at, id);
DROP VIEW IF EXISTS backroom.seen_attendances;
CREATE VIEW backroom.seen_attendances AS
    SELECT t.id, t.staff_id, t.location_id, t.clocked_in_at, t.clocked_out_at, t.source, t.note, t.version, t.created_at, t.updated_at
    FROM attendances t
    WHERE (t.location_id = ANY ((SELECT backroom.locations('attendance', 'see'))::uuid[]) OR t.staff_id = ANY ((SELECT backroom.my_staff())::uuid[]));
GRANT SELECT ON backroom.seen_attendances TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_attendances_search_note ON attendances USING gin ((' ' || coalesce(note, '')) gin_trgm_ops);
