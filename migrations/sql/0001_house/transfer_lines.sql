-- transfer_lines: One product of a transfer: how much was asked for, sent, received whole and received broken.

-- Scope: part. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('transfer_line', 'transfer_lines', 'transfer')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_transfer_lines(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.from_location_id, t_parent.to_location_id], NULL) FROM transfers t_parent WHERE t_parent.id = t.transfer_id), '{}'::uuid[]) FROM transfer_lines t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_transfer_lines(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON transfer_lines
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_transfer_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'transfer_line', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.from_location_id, n_parent.to_location_id], NULL) FROM transfers n_parent WHERE n_parent.id = n.transfer_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'transfer_line', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.from_location_id, o_parent.to_location_id], NULL) FROM transfers o_parent WHERE o_parent.id = o.transfer_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.from_location_id, n_parent.to_location_id], NULL) FROM transfers n_parent WHERE n_parent.id = n.transfer_id), '{}'::uuid[]),
            CASE WHEN o.transfer_id IS DISTINCT FROM n.transfer_id THEN jsonb_build_object('transfer_id', jsonb_build_array(o.transfer_id, n.transfer_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.quantity IS DISTINCT FROM n.quantity THEN jsonb_build_object('quantity', jsonb_build_array(o.quantity, n.quantity)) ELSE '{}' END ||
            CASE WHEN o.dispatched_quantity IS DISTINCT FROM n.dispatched_quantity THEN jsonb_build_object('dispatched_quantity', jsonb_build_array(o.dispatched_quantity, n.dispatched_quantity)) ELSE '{}' END ||
            CASE WHEN o.received_quantity IS DISTINCT FROM n.received_quantity THEN jsonb_build_object('received_quantity', jsonb_build_array(o.received_quantity, n.received_quantity)) ELSE '{}' END ||
            CASE WHEN o.damaged_quantity IS DISTINCT FROM n.damaged_quantity THEN jsonb_build_object('damaged_quantity', jsonb_build_array(o.damaged_quantity, n.damaged_quantity)) ELSE '{}' END ||
            CASE WHEN o.short_quantity IS DISTINCT FROM n.short_quantity THEN jsonb_build_object('short_quantity', jsonb_build_array(o.short_quantity, n.short_quantity)) ELSE '{}' END ||
            CASE WHEN o.returned_quantity IS DISTINCT FROM n.returned_quantity THEN jsonb_build_object('returned_quantity', jsonb_build_array(o.returned_quantity, n.returned_quantity)) ELSE '{}' END ||
            CASE WHEN o.short_reason_id IS DISTINCT FROM n.short_reason_id THEN jsonb_build_object('short_reason_id', jsonb_build_array(o.short_reason_id, n.short_reason_id)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'transfer_line', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.from_location_id, o_parent.to_location_id], NULL) FROM transfers o_parent WHERE o_parent.id = o.transfer_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON transfer_lines
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_transfer_lines();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON transfer_lines
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_transfer_lines();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON transfer_lines
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_transfer_lines();

GRANT SELECT ON transfer_lines TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON transfer_lines TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON transfer_lines TO backroom_posting;

ALTER TABLE transfer_lines ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON transfer_lines;
CREATE POLICY see_row ON transfer_lines FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM transfers transfer_lines_parent WHERE transfer_lines_parent.id IN (transfer_lines.transfer_id) AND (transfer_lines_parent.from_location_id = ANY ((SELECT backroom.locations('transfer', 'see'))::uuid[]) OR transfer_lines_parent.to_location_id = ANY ((SELECT backroom.locations('transfer', 'see'))::uuid[]))));
DROP POLICY IF EXISTS create_row ON transfer_lines;
CREATE POLICY create_row ON transfer_lines FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM transfers transfer_lines_parent WHERE transfer_lines_parent.id IN (transfer_lines.transfer_id) AND (transfer_lines_parent.from_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[]) OR transfer_lines_parent.to_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[]))));
DROP POLICY IF EXISTS change_row ON transfer_lines;
CREATE POLICY change_row ON transfer_lines FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM transfers transfer_lines_parent WHERE transfer_lines_parent.id IN (transfer_lines.transfer_id) AND (transfer_lines_parent.from_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[]) OR transfer_lines_parent.to_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[])))) WITH CHECK (EXISTS (SELECT 1 FROM transfers transfer_lines_parent WHERE transfer_lines_parent.id IN (transfer_lines.transfer_id) AND (transfer_lines_parent.from_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[]) OR transfer_lines_parent.to_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[]))));
DROP POLICY IF EXISTS delete_row ON transfer_lines;
CREATE POLICY delete_row ON transfer_lines FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM transfers transfer_lines_parent WHERE transfer_lines_parent.id IN (transfer_lines.transfer_id) AND (transfer_lines_parent.from_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[]) OR transfer_lines_parent.to_location_id = ANY ((SELECT backroom.locations('transfer', 'change'))::uuid[]))));
DROP POLICY IF EXISTS post_row ON transfer_lines;
CREATE POLICY post_row ON transfer_lines TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON transfer_lines;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON transfer_lines TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'transfer_lines' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_transfer_lines_created_at', 'list_transfer_lines_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_transfer_lines_created_at ON transfer_lines (created_at, id);
DROP VIEW IF EXISTS backroom.seen_transfer_lines;
CREATE VIEW backroom.seen_transfer_lines AS
    SELECT t.id, t.transfer_id, t.product_id, t.quantity, t.dispatched_quantity, t.received_quantity, t.damaged_quantity, t.short_quantity, t.returned_quantity, t.short_reason_id, t.note, t.version, t.created_at, t.updated_at
    FROM transfer_lines t
    WHERE EXISTS (SELECT 1 FROM transfers t_parent WHERE t_parent.id IN (t.transfer_id) AND (t_parent.from_location_id = ANY ((SELECT backroom.locations('transfer', 'see'))::uuid[]) OR t_parent.to_location_id = ANY ((SELECT backroom.locations('transfer', 'see'))::uuid[])));
GRANT SELECT ON backroom.seen_transfer_lines TO backroom_scoped;
