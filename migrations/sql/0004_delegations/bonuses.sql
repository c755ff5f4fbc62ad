-- bonuses: An amount for a member of staff, and what for.

-- Scope: own. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('bonus', 'bonuses', 'bonus')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;
UPDATE backroom.entities SET decided = true WHERE entity = 'bonus';

CREATE OR REPLACE FUNCTION backroom.audience_bonuses(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = t.staff_id), t.location_id], NULL) FROM bonuses t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_bonuses(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON bonuses
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_bonuses() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'bonus', n.id, 'insert', n.version, '{}', array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = n.staff_id), n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'bonus', n.id, 'update', n.version, array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = o.staff_id), o.location_id], NULL), array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = n.staff_id), n.location_id], NULL),
            CASE WHEN o.staff_id IS DISTINCT FROM n.staff_id THEN jsonb_build_object('staff_id', jsonb_build_array(o.staff_id, n.staff_id)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.granted_on IS DISTINCT FROM n.granted_on THEN jsonb_build_object('granted_on', jsonb_build_array(o.granted_on, n.granted_on)) ELSE '{}' END ||
            CASE WHEN o.amount IS DISTINCT FROM n.amount THEN jsonb_build_object('amount', jsonb_build_array(o.amount, n.amount)) ELSE '{}' END ||
            CASE WHEN o.reason IS DISTINCT FROM n.reason THEN jsonb_build_object('reason', jsonb_build_array(o.reason, n.reason)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'bonus', o.id, 'delete', o.version + 1, array_remove(ARRAY[(SELECT s.user_id FROM staff s WHERE s.id = o.staff_id), o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON bonuses
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_bonuses();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON bonuses
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_bonuses();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON bonuses
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_bonuses();

GRANT SELECT ON bonuses TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON bonuses TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON bonuses TO backroom_posting;

ALTER TABLE bonuses ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON bonuses;
CREATE POLICY see_row ON bonuses FOR SELECT TO backroom_scoped
    USING ((bonuses.location_id = ANY ((SELECT backroom.locations('bonus', 'see'))::uuid[]) OR bonuses.staff_id = ANY ((SELECT backroom.my_staff())::uuid[])));
DROP POLICY IF EXISTS create_row ON bonuses;
CREATE POLICY create_row ON bonuses FOR INSERT TO backroom_scoped
    WITH CHECK ((bonuses.location_id = ANY ((SELECT backroom.locations('bonus', 'create'))::uuid[])));
DROP POLICY IF EXISTS change_row ON bonuses;
CREATE POLICY change_row ON bonuses FOR UPDATE TO backroom_scoped
    USING ((bonuses.location_id = ANY ((SELECT backroom.locations('bonus', 'change'))::uuid[]))) WITH CHECK ((bonuses.location_id = ANY ((SELECT backroom.locations('bonus', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON bonuses;
CREATE POLICY delete_row ON bonuses FOR DELETE TO backroom_scoped
    USING ((bonuses.location_id = ANY ((SELECT backroom.locations('bonus', 'delete'))::uuid[])));
DROP POLICY IF EXISTS post_row ON bonuses;
CREATE POLICY post_row ON bonuses TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON bonuses;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON bonuses TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'bonuses' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_bonuses_granted_on', 'list_bonuses_amount', 'list_bonuses_search_reason'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_bonuses_granted_on ON bonuses (granted_on, id);
CREATE INDEX IF NOT EXISTS list_bonuses_amount ON bonuses (amount, id);
DROP VIEW IF EXISTS backroom.seen_bonuses;
CREATE VIEW backroom.seen_bonuses AS
    SELECT t.id, t.staff_id, t.location_id, t.granted_on, t.amount, t.reason, t.state, t.version, t.created_at, t.updated_at
    FROM bonuses t
    WHERE (t.location_id = ANY ((SELECT backroom.locations('bonus', 'see'))::uuid[]) OR t.staff_id = ANY ((SELECT backroom.my_staff())::uuid[]));
GRANT SELECT ON backroom.seen_bonuses TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_bonuses_search_reason ON bonuses USING gin ((' ' || coalesce(reason, '')) gin_trgm_ops);
