-- adjustments: A change of stock at one location for one reason; above the reason's limit a manager approves it.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('adjustment', 'adjustments', 'adjustment')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;
UPDATE backroom.entities SET decided = true WHERE entity = 'adjustment';

CREATE OR REPLACE FUNCTION backroom.audience_adjustments(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM adjustments t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_adjustments(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON adjustments
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_adjustments() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'adjustment', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'adjustment', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.reason_id IS DISTINCT FROM n.reason_id THEN jsonb_build_object('reason_id', jsonb_build_array(o.reason_id, n.reason_id)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.effective_at IS DISTINCT FROM n.effective_at THEN jsonb_build_object('effective_at', jsonb_build_array(o.effective_at, n.effective_at)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END ||
            CASE WHEN o.picture IS DISTINCT FROM n.picture THEN jsonb_build_object('picture', jsonb_build_array(o.picture, n.picture)) ELSE '{}' END ||
            CASE WHEN o.value IS DISTINCT FROM n.value THEN jsonb_build_object('value', jsonb_build_array(o.value, n.value)) ELSE '{}' END ||
            CASE WHEN o.proposed_at IS DISTINCT FROM n.proposed_at THEN jsonb_build_object('proposed_at', jsonb_build_array(o.proposed_at, n.proposed_at)) ELSE '{}' END ||
            CASE WHEN o.proposed_by_id IS DISTINCT FROM n.proposed_by_id THEN jsonb_build_object('proposed_by_id', jsonb_build_array(o.proposed_by_id, n.proposed_by_id)) ELSE '{}' END ||
            CASE WHEN o.decided_at IS DISTINCT FROM n.decided_at THEN jsonb_build_object('decided_at', jsonb_build_array(o.decided_at, n.decided_at)) ELSE '{}' END ||
            CASE WHEN o.decided_by_id IS DISTINCT FROM n.decided_by_id THEN jsonb_build_object('decided_by_id', jsonb_build_array(o.decided_by_id, n.decided_by_id)) ELSE '{}' END ||
            CASE WHEN o.posted_at IS DISTINCT FROM n.posted_at THEN jsonb_build_object('posted_at', jsonb_build_array(o.posted_at, n.posted_at)) ELSE '{}' END ||
            CASE WHEN o.posted_by_id IS DISTINCT FROM n.posted_by_id THEN jsonb_build_object('posted_by_id', jsonb_build_array(o.posted_by_id, n.posted_by_id)) ELSE '{}' END ||
            CASE WHEN o.reverses_id IS DISTINCT FROM n.reverses_id THEN jsonb_build_object('reverses_id', jsonb_build_array(o.reverses_id, n.reverses_id)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'adjustment', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON adjustments
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_adjustments();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON adjustments
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_adjustments();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON adjustments
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_adjustments();

GRANT SELECT ON adjustments TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON adjustments TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON adjustments TO backroom_posting;
GRANT USAGE ON SEQUENCE number_ad TO backroom_scoped, backroom_global, backroom_posting;

ALTER TABLE adjustments ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON adjustments;
CREATE POLICY see_row ON adjustments FOR SELECT TO backroom_scoped
    USING (adjustments.location_id = ANY ((SELECT backroom.locations('adjustment', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON adjustments;
CREATE POLICY create_row ON adjustments FOR INSERT TO backroom_scoped
    WITH CHECK (adjustments.location_id = ANY ((SELECT backroom.locations('adjustment', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON adjustments;
CREATE POLICY change_row ON adjustments FOR UPDATE TO backroom_scoped
    USING (adjustments.location_id = ANY ((SELECT backroom.locations('adjustment', 'change'))::uuid[])) WITH CHECK (adjustments.location_id = ANY ((SELECT backroom.locations('adjustment', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON adjustments;
CREATE POLICY delete_row ON adjustments FOR DELETE TO backroom_scoped
    USING (adjustments.location_id = ANY ((SELECT backroom.locations('adjustment', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON adjustments;
CREATE POLICY post_row ON adjustments TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON adjustments;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON adjustments TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'adjustments' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_adjustments_created_at', 'list_adjustments_placed_created_at', 'list_adjustments_number', 'list_adjustments_placed_number', 'list_adjustments_value', 'list_adjustments_placed_value', 'list_adjustments_effective_at', 'list_adjustments_placed_effective_at', 'list_adjustments_search_number_note'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_adjustments_created_at ON adjustments (created_at, id);
CREATE INDEX IF NOT EXISTS list_adjustments_placed_created_at ON adjustments (location_id, created_at, id);
CREATE INDEX IF NOT EXISTS list_adjustments_number ON adjustments (number, id);
CREATE INDEX IF NOT EXISTS list_adjustments_placed_number ON adjustments (location_id, number, id);
CREATE INDEX IF NOT EXISTS list_adjustments_value ON adjustments (value, id);
CREATE INDEX IF NOT EXISTS list_adjustments_placed_value ON adjustments (location_id, value, id);
CREATE INDEX IF NOT EXISTS list_adjustments_effective_at ON adjustments (effective_at, id);
CREATE INDEX IF NOT EXISTS list_adjustments_placed_effective_at ON adjustments (location_id, effective_at, id);
DROP VIEW IF EXISTS backroom.seen_adjustments;
CREATE VIEW backroom.seen_adjustments AS
    SELECT t.id, t.number, t.location_id, t.reason_id, t.state, t.effective_at, t.note, t.picture, t.value, t.proposed_at, t.proposed_by_id, t.decided_at, t.decided_by_id, t.posted_at, t.posted_by_id, t.reverses_id, t.version, t.created_at, t.updated_at
    FROM adjustments t
    WHERE t.location_id = ANY ((SELECT backroom.locations('adjustment', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_adjustments TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_adjustments_search_number_note ON adjustments USING gin ((' ' || coalesce(number, '') || ' ' || coalesce(note, '')) gin_trgm_ops);
