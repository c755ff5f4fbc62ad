-- stock_count_lines: One counted product, with the level's sequence at that moment, so that sales during the count stay right.

-- Scope: part. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('stock_count_line', 'stock_count_lines', 'stock_count')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_stock_count_lines(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) FROM stock_counts t_parent WHERE t_parent.id = t.stock_count_id), '{}'::uuid[]) FROM stock_count_lines t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_stock_count_lines(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON stock_count_lines
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version('difference');

CREATE OR REPLACE FUNCTION backroom.capture_stock_count_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_count_line', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM stock_counts n_parent WHERE n_parent.id = n.stock_count_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_count_line', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM stock_counts o_parent WHERE o_parent.id = o.stock_count_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM stock_counts n_parent WHERE n_parent.id = n.stock_count_id), '{}'::uuid[]),
            CASE WHEN o.stock_count_id IS DISTINCT FROM n.stock_count_id THEN jsonb_build_object('stock_count_id', jsonb_build_array(o.stock_count_id, n.stock_count_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.counted_quantity IS DISTINCT FROM n.counted_quantity THEN jsonb_build_object('counted_quantity', jsonb_build_array(o.counted_quantity, n.counted_quantity)) ELSE '{}' END ||
            CASE WHEN o.counted_at IS DISTINCT FROM n.counted_at THEN jsonb_build_object('counted_at', jsonb_build_array(o.counted_at, n.counted_at)) ELSE '{}' END ||
            CASE WHEN o.counted_by_id IS DISTINCT FROM n.counted_by_id THEN jsonb_build_object('counted_by_id', jsonb_build_array(o.counted_by_id, n.counted_by_id)) ELSE '{}' END ||
            CASE WHEN o.level_seq IS DISTINCT FROM n.level_seq THEN jsonb_build_object('level_seq', jsonb_build_array(o.level_seq, n.level_seq)) ELSE '{}' END ||
            CASE WHEN o.expected_quantity IS DISTINCT FROM n.expected_quantity THEN jsonb_build_object('expected_quantity', jsonb_build_array(o.expected_quantity, n.expected_quantity)) ELSE '{}' END ||
            CASE WHEN o.difference IS DISTINCT FROM n.difference THEN jsonb_build_object('difference', jsonb_build_array(o.difference, n.difference)) ELSE '{}' END ||
            CASE WHEN o.difference_value IS DISTINCT FROM n.difference_value THEN jsonb_build_object('difference_value', jsonb_build_array(o.difference_value, n.difference_value)) ELSE '{}' END ||
            CASE WHEN o.times_counted IS DISTINCT FROM n.times_counted THEN jsonb_build_object('times_counted', jsonb_build_array(o.times_counted, n.times_counted)) ELSE '{}' END ||
            CASE WHEN o.decision IS DISTINCT FROM n.decision THEN jsonb_build_object('decision', jsonb_build_array(o.decision, n.decision)) ELSE '{}' END ||
            CASE WHEN o.posted_quantity IS DISTINCT FROM n.posted_quantity THEN jsonb_build_object('posted_quantity', jsonb_build_array(o.posted_quantity, n.posted_quantity)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_count_line', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM stock_counts o_parent WHERE o_parent.id = o.stock_count_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON stock_count_lines
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_count_lines();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON stock_count_lines
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_count_lines();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON stock_count_lines
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_count_lines();

GRANT SELECT ON stock_count_lines TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON stock_count_lines TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON stock_count_lines TO backroom_posting;

ALTER TABLE stock_count_lines ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON stock_count_lines;
CREATE POLICY see_row ON stock_count_lines FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_counts stock_count_lines_parent WHERE stock_count_lines_parent.id IN (stock_count_lines.stock_count_id) AND stock_count_lines_parent.location_id = ANY ((SELECT backroom.locations('stock_count', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON stock_count_lines;
CREATE POLICY create_row ON stock_count_lines FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM stock_counts stock_count_lines_parent WHERE stock_count_lines_parent.id IN (stock_count_lines.stock_count_id) AND stock_count_lines_parent.location_id = ANY ((SELECT backroom.locations('stock_count', 'change'))::uuid[])));
DROP POLICY IF EXISTS change_row ON stock_count_lines;
CREATE POLICY change_row ON stock_count_lines FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_counts stock_count_lines_parent WHERE stock_count_lines_parent.id IN (stock_count_lines.stock_count_id) AND stock_count_lines_parent.location_id = ANY ((SELECT backroom.locations('stock_count', 'change'))::uuid[]))) WITH CHECK (EXISTS (SELECT 1 FROM stock_counts stock_count_lines_parent WHERE stock_count_lines_parent.id IN (stock_count_lines.stock_count_id) AND stock_count_lines_parent.location_id = ANY ((SELECT backroom.locations('stock_count', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON stock_count_lines;
CREATE POLICY delete_row ON stock_count_lines FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_counts stock_count_lines_parent WHERE stock_count_lines_parent.id IN (stock_count_lines.stock_count_id) AND stock_count_lines_parent.location_id = ANY ((SELECT backroom.locations('stock_count', 'change'))::uuid[])));
DROP POLICY IF EXISTS post_row ON stock_count_lines;
CREATE POLICY post_row ON stock_count_lines TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON stock_count_lines;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON stock_count_lines TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'stock_count_lines' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_stock_count_lines_created_at', 'list_stock_count_lines_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_stock_count_lines_created_at ON stock_count_lines (created_at, id);
DROP VIEW IF EXISTS backroom.seen_stock_count_lines;
CREATE VIEW backroom.seen_stock_count_lines AS
    SELECT t.id, t.stock_count_id, t.product_id, t.counted_quantity, t.counted_at, t.counted_by_id, t.level_seq, t.expected_quantity, t.difference, t.difference_value, t.times_counted, t.decision, t.posted_quantity, t.note, t.version, t.created_at, t.updated_at
    FROM stock_count_lines t
    WHERE EXISTS (SELECT 1 FROM stock_counts t_parent WHERE t_parent.id IN (t.stock_count_id) AND t_parent.location_id = ANY ((SELECT backroom.locations('stock_count', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_stock_count_lines TO backroom_scoped;
