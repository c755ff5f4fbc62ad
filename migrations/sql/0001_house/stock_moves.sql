-- stock_moves: A quantity of one product that left one account for another; never changed, only reversed by a new move.

-- Scope: via. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('stock_move', 'stock_moves', 'stock_move')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_stock_moves(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_agg(DISTINCT place) FROM stock_accounts t_parent, unnest(array_remove(ARRAY[t_parent.location_id, t_parent.other_location_id], NULL)) place WHERE t_parent.id IN (t.from_account_id, t.to_account_id)), '{}'::uuid[]) FROM stock_moves t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_stock_moves(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON stock_moves
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_stock_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_move', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_agg(DISTINCT place) FROM stock_accounts n_parent, unnest(array_remove(ARRAY[n_parent.location_id, n_parent.other_location_id], NULL)) place WHERE n_parent.id IN (n.from_account_id, n.to_account_id)), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_move', n.id, 'update', n.version, COALESCE((SELECT array_agg(DISTINCT place) FROM stock_accounts o_parent, unnest(array_remove(ARRAY[o_parent.location_id, o_parent.other_location_id], NULL)) place WHERE o_parent.id IN (o.from_account_id, o.to_account_id)), '{}'::uuid[]), COALESCE((SELECT array_agg(DISTINCT place) FROM stock_accounts n_parent, unnest(array_remove(ARRAY[n_parent.location_id, n_parent.other_location_id], NULL)) place WHERE n_parent.id IN (n.from_account_id, n.to_account_id)), '{}'::uuid[]),
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.from_account_id IS DISTINCT FROM n.from_account_id THEN jsonb_build_object('from_account_id', jsonb_build_array(o.from_account_id, n.from_account_id)) ELSE '{}' END ||
            CASE WHEN o.to_account_id IS DISTINCT FROM n.to_account_id THEN jsonb_build_object('to_account_id', jsonb_build_array(o.to_account_id, n.to_account_id)) ELSE '{}' END ||
            CASE WHEN o.quantity IS DISTINCT FROM n.quantity THEN jsonb_build_object('quantity', jsonb_build_array(o.quantity, n.quantity)) ELSE '{}' END ||
            CASE WHEN o.unit_cost IS DISTINCT FROM n.unit_cost THEN jsonb_build_object('unit_cost', jsonb_build_array(o.unit_cost, n.unit_cost)) ELSE '{}' END ||
            CASE WHEN o.reason_id IS DISTINCT FROM n.reason_id THEN jsonb_build_object('reason_id', jsonb_build_array(o.reason_id, n.reason_id)) ELSE '{}' END ||
            CASE WHEN o.document IS DISTINCT FROM n.document THEN jsonb_build_object('document', jsonb_build_array(o.document, n.document)) ELSE '{}' END ||
            CASE WHEN o.document_id IS DISTINCT FROM n.document_id THEN jsonb_build_object('document_id', jsonb_build_array(o.document_id, n.document_id)) ELSE '{}' END ||
            CASE WHEN o.moved_by_id IS DISTINCT FROM n.moved_by_id THEN jsonb_build_object('moved_by_id', jsonb_build_array(o.moved_by_id, n.moved_by_id)) ELSE '{}' END ||
            CASE WHEN o.operation_id IS DISTINCT FROM n.operation_id THEN jsonb_build_object('operation_id', jsonb_build_array(o.operation_id, n.operation_id)) ELSE '{}' END ||
            CASE WHEN o.from_seq IS DISTINCT FROM n.from_seq THEN jsonb_build_object('from_seq', jsonb_build_array(o.from_seq, n.from_seq)) ELSE '{}' END ||
            CASE WHEN o.to_seq IS DISTINCT FROM n.to_seq THEN jsonb_build_object('to_seq', jsonb_build_array(o.to_seq, n.to_seq)) ELSE '{}' END ||
            CASE WHEN o.effective_at IS DISTINCT FROM n.effective_at THEN jsonb_build_object('effective_at', jsonb_build_array(o.effective_at, n.effective_at)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_move', o.id, 'delete', o.version + 1, COALESCE((SELECT array_agg(DISTINCT place) FROM stock_accounts o_parent, unnest(array_remove(ARRAY[o_parent.location_id, o_parent.other_location_id], NULL)) place WHERE o_parent.id IN (o.from_account_id, o.to_account_id)), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON stock_moves
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_moves();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON stock_moves
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_moves();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON stock_moves
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_moves();

GRANT SELECT ON stock_moves TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON stock_moves TO backroom_posting;

ALTER TABLE stock_moves ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON stock_moves;
CREATE POLICY see_row ON stock_moves FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_accounts stock_moves_parent WHERE stock_moves_parent.id IN (stock_moves.from_account_id, stock_moves.to_account_id) AND (stock_moves_parent.location_id = ANY ((SELECT backroom.locations('stock_move', 'see'))::uuid[]) OR stock_moves_parent.other_location_id = ANY ((SELECT backroom.locations('stock_move', 'see'))::uuid[]))));
DROP POLICY IF EXISTS create_row ON stock_moves;
CREATE POLICY create_row ON stock_moves FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM stock_accounts stock_moves_parent WHERE stock_moves_parent.id IN (stock_moves.from_account_id, stock_moves.to_account_id) AND (stock_moves_parent.location_id = ANY ((SELECT backroom.locations('stock_move', 'create'))::uuid[]) OR stock_moves_parent.other_location_id = ANY ((SELECT backroom.locations('stock_move', 'create'))::uuid[]))));
DROP POLICY IF EXISTS change_row ON stock_moves;
CREATE POLICY change_row ON stock_moves FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_accounts stock_moves_parent WHERE stock_moves_parent.id IN (stock_moves.from_account_id, stock_moves.to_account_id) AND (stock_moves_parent.location_id = ANY ((SELECT backroom.locations('stock_move', 'change'))::uuid[]) OR stock_moves_parent.other_location_id = ANY ((SELECT backroom.locations('stock_move', 'change'))::uuid[])))) WITH CHECK (EXISTS (SELECT 1 FROM stock_accounts stock_moves_parent WHERE stock_moves_parent.id IN (stock_moves.from_account_id, stock_moves.to_account_id) AND (stock_moves_parent.location_id = ANY ((SELECT backroom.locations('stock_move', 'change'))::uuid[]) OR stock_moves_parent.other_location_id = ANY ((SELECT backroom.locations('stock_move', 'change'))::uuid[]))));
DROP POLICY IF EXISTS delete_row ON stock_moves;
CREATE POLICY delete_row ON stock_moves FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_accounts stock_moves_parent WHERE stock_moves_parent.id IN (stock_moves.from_account_id, stock_moves.to_account_id) AND (stock_moves_parent.location_id = ANY ((SELECT backroom.locations('stock_move', 'delete'))::uuid[]) OR stock_moves_parent.other_location_id = ANY ((SELECT backroom.locations('stock_move', 'delete'))::uuid[]))));
DROP POLICY IF EXISTS post_row ON stock_moves;
CREATE POLICY post_row ON stock_moves TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON stock_moves;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON stock_moves TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'stock_moves' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_stock_moves_effective_at', 'list_stock_moves_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_stock_moves_effective_at ON stock_moves (effective_at, id);
DROP VIEW IF EXISTS backroom.seen_stock_moves;
CREATE VIEW backroom.seen_stock_moves AS
    SELECT t.id, t.product_id, t.from_account_id, t.to_account_id, t.quantity, t.unit_cost, t.reason_id, t.document, t.document_id, t.moved_by_id, t.operation_id, t.from_seq, t.to_seq, t.effective_at, t.version, t.created_at, t.updated_at
    FROM stock_moves t
    WHERE EXISTS (SELECT 1 FROM stock_accounts t_parent WHERE t_parent.id IN (t.from_account_id, t.to_account_id) AND (t_parent.location_id = ANY ((SELECT backroom.locations('stock_move', 'see'))::uuid[]) OR t_parent.other_location_id = ANY ((SELECT backroom.locations('stock_move', 'see'))::uuid[])));
GRANT SELECT ON backroom.seen_stock_moves TO backroom_scoped;
