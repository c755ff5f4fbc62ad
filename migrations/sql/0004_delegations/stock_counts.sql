-- stock_counts: A count of a location's stock, of all of it, one category or a small part by turns.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('stock_count', 'stock_counts', 'stock_count')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;
UPDATE backroom.entities SET decided = true WHERE entity = 'stock_count';

CREATE OR REPLACE FUNCTION backroom.audience_stock_counts(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM stock_counts t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_stock_counts(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON stock_counts
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_stock_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_count', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_count', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.kind IS DISTINCT FROM n.kind THEN jsonb_build_object('kind', jsonb_build_array(o.kind, n.kind)) ELSE '{}' END ||
            CASE WHEN o.category_id IS DISTINCT FROM n.category_id THEN jsonb_build_object('category_id', jsonb_build_array(o.category_id, n.category_id)) ELSE '{}' END ||
            CASE WHEN o.blind IS DISTINCT FROM n.blind THEN jsonb_build_object('blind', jsonb_build_array(o.blind, n.blind)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END ||
            CASE WHEN o.started_at IS DISTINCT FROM n.started_at THEN jsonb_build_object('started_at', jsonb_build_array(o.started_at, n.started_at)) ELSE '{}' END ||
            CASE WHEN o.started_by_id IS DISTINCT FROM n.started_by_id THEN jsonb_build_object('started_by_id', jsonb_build_array(o.started_by_id, n.started_by_id)) ELSE '{}' END ||
            CASE WHEN o.reviewed_at IS DISTINCT FROM n.reviewed_at THEN jsonb_build_object('reviewed_at', jsonb_build_array(o.reviewed_at, n.reviewed_at)) ELSE '{}' END ||
            CASE WHEN o.reviewed_by_id IS DISTINCT FROM n.reviewed_by_id THEN jsonb_build_object('reviewed_by_id', jsonb_build_array(o.reviewed_by_id, n.reviewed_by_id)) ELSE '{}' END ||
            CASE WHEN o.posted_at IS DISTINCT FROM n.posted_at THEN jsonb_build_object('posted_at', jsonb_build_array(o.posted_at, n.posted_at)) ELSE '{}' END ||
            CASE WHEN o.posted_by_id IS DISTINCT FROM n.posted_by_id THEN jsonb_build_object('posted_by_id', jsonb_build_array(o.posted_by_id, n.posted_by_id)) ELSE '{}' END ||
            CASE WHEN o.difference_value IS DISTINCT FROM n.difference_value THEN jsonb_build_object('difference_value', jsonb_build_array(o.difference_value, n.difference_value)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_count', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON stock_counts
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_counts();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON stock_counts
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_counts();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON stock_counts
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_counts();

GRANT SELECT ON stock_counts TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON stock_counts TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON stock_counts TO backroom_posting;
GRANT USAGE ON SEQUENCE number_cn TO backroom_scoped, backroom_global, backroom_posting;

ALTER TABLE stock_counts ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON stock_counts;
CREATE POLICY see_row ON stock_counts FOR SELECT TO backroom_scoped
    USING (stock_counts.location_id = ANY ((SELECT backroom.locations('stock_count', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON stock_counts;
CREATE POLICY create_row ON stock_counts FOR INSERT TO backroom_scoped
    WITH CHECK (stock_counts.location_id = ANY ((SELECT backroom.locations('stock_count', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON stock_counts;
CREATE POLICY change_row ON stock_counts FOR UPDATE TO backroom_scoped
    USING (stock_counts.location_id = ANY ((SELECT backroom.locations('stock_count', 'change'))::uuid[])) WITH CHECK (stock_counts.location_id = ANY ((SELECT backroom.locations('stock_count', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON stock_counts;
CREATE POLICY delete_row ON stock_counts FOR DELETE TO backroom_scoped
    USING (stock_counts.location_id = ANY ((SELECT backroom.locations('stock_count', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON stock_counts;
CREATE POLICY post_row ON stock_counts TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON stock_counts;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON stock_counts TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'stock_counts' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_stock_counts_created_at', 'list_stock_counts_placed_created_at', 'list_stock_counts_number', 'list_stock_counts_placed_number', 'list_stock_counts_started_at', 'list_stock_counts_placed_started_at', 'list_stock_counts_difference_value', 'list_stock_counts_placed_difference_value', 'list_stock_counts_search_number_note'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_stock_counts_created_at ON stock_counts (created_at, id);
CREATE INDEX IF NOT EXISTS list_stock_counts_placed_created_at ON stock_counts (location_id, created_at, id);
CREATE INDEX IF NOT EXISTS list_stock_counts_number ON stock_counts (number, id);
CREATE INDEX IF NOT EXISTS list_stock_counts_placed_number ON stock_counts (location_id, number, id);
CREATE INDEX IF NOT EXISTS list_stock_counts_started_at ON stock_counts (started_at, id);
CREATE INDEX IF NOT EXISTS list_stock_counts_placed_started_at ON stock_counts (location_id, started_at, id);
CREATE INDEX IF NOT EXISTS list_stock_counts_difference_value ON stock_counts (difference_value, id);
CREATE INDEX IF NOT EXISTS list_stock_counts_placed_difference_value ON stock_counts (location_id, difference_value, id);
DROP VIEW IF EXISTS backroom.seen_stock_counts;
CREATE VIEW backroom.seen_stock_counts AS
    SELECT t.id, t.number, t.location_id, t.kind, t.category_id, t.blind, t.state, t.note, t.started_at, t.started_by_id, t.reviewed_at, t.reviewed_by_id, t.posted_at, t.posted_by_id, t.difference_value, t.version, t.created_at, t.updated_at
    FROM stock_counts t
    WHERE t.location_id = ANY ((SELECT backroom.locations('stock_count', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_stock_counts TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_stock_counts_search_number_note ON stock_counts USING gin ((' ' || coalesce(number, '') || ' ' || coalesce(note, '')) gin_trgm_ops);
