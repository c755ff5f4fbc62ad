-- leaves: Days on which a member of staff is away.

-- Scope: own. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('leave', 'leaves', 'leave')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;
UPDATE backroom.entities SET decided = true WHERE entity = 'leave';

CREATE OR REPLACE FUNCTION backroom.audience_leaves(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = t.staff_id), t.location_id], NULL) FROM leaves t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_leaves(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON leaves
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_leaves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'leave', n.id, 'insert', n.version, '{}', array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = n.staff_id), n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'leave', n.id, 'update', n.version, array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = o.staff_id), o.location_id], NULL), array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = n.staff_id), n.location_id], NULL),
            CASE WHEN o.staff_id IS DISTINCT FROM n.staff_id THEN jsonb_build_object('staff_id', jsonb_build_array(o.staff_id, n.staff_id)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.kind IS DISTINCT FROM n.kind THEN jsonb_build_object('kind', jsonb_build_array(o.kind, n.kind)) ELSE '{}' END ||
            CASE WHEN o.starts_on IS DISTINCT FROM n.starts_on THEN jsonb_build_object('starts_on', jsonb_build_array(o.starts_on, n.starts_on)) ELSE '{}' END ||
            CASE WHEN o.ends_on IS DISTINCT FROM n.ends_on THEN jsonb_build_object('ends_on', jsonb_build_array(o.ends_on, n.ends_on)) ELSE '{}' END ||
            CASE WHEN o.reason IS DISTINCT FROM n.reason THEN jsonb_build_object('reason', jsonb_build_array(o.reason, n.reason)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'leave', o.id, 'delete', o.version + 1, array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = o.staff_id), o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON leaves
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_leaves();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON leaves
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_leaves();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON leaves
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_leaves();

GRANT SELECT ON leaves TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON leaves TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON leaves TO backroom_posting;

ALTER TABLE leaves ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON leaves;
CREATE POLICY see_row ON leaves FOR SELECT TO backroom_scoped
    USING ((leaves.location_id = ANY ((SELECT backroom.locations('leave', 'see'))::uuid[]) OR leaves.staff_id = ANY ((SELECT backroom.my_staff())::uuid[])));
DROP POLICY IF EXISTS create_row ON leaves;
CREATE POLICY create_row ON leaves FOR INSERT TO backroom_scoped
    WITH CHECK ((leaves.location_id = ANY ((SELECT backroom.locations('leave', 'create'))::uuid[]) OR leaves.staff_id = ANY ((SELECT backroom.my_staff())::uuid[])));
DROP POLICY IF EXISTS change_row ON leaves;
CREATE POLICY change_row ON leaves FOR UPDATE TO backroom_scoped
    USING ((leaves.location_id = ANY ((SELECT backroom.locations('leave', 'change'))::uuid[]))) WITH CHECK ((leaves.location_id = ANY ((SELECT backroom.locations('leave', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON leaves;
CREATE POLICY delete_row ON leaves FOR DELETE TO backroom_scoped
    USING ((leaves.location_id = ANY ((SELECT backroom.locations('leave', 'delete'))::uuid[])));
DROP POLICY IF EXISTS post_row ON leaves;
CREATE POLICY post_row ON leaves TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON leaves;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON leaves TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'leaves' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_leaves_starts_on', 'list_leaves_ends_on', 'list_leaves_search_reason'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_leaves_starts_on ON leaves (starts_on, id);
CREATE INDEX IF NOT EXISTS list_leaves_ends_on ON leaves (ends_on, id);
DROP VIEW IF EXISTS backroom.seen_leaves;
CREATE VIEW backroom.seen_leaves AS
    SELECT t.id, t.staff_id, t.location_id, t.kind, t.starts_on, t.ends_on, t.reason, t.state, t.version, t.created_at, t.updated_at
    FROM leaves t
    WHERE (t.location_id = ANY ((SELECT backroom.locations('leave', 'see'))::uuid[]) OR t.staff_id = ANY ((SELECT backroom.my_staff())::uuid[]));
GRANT SELECT ON backroom.seen_leaves TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_leaves_search_reason ON leaves USING gin ((' ' || coalesce(reason, '')) gin_trgm_ops);
