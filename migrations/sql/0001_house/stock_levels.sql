-- stock_levels: One product in one stock account: the sum of its moves, kept up by postings alone.

-- Scope: via. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('stock_level', 'stock_levels', 'stock_level')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_stock_levels(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id, t_parent.other_location_id], NULL) FROM stock_accounts t_parent WHERE t_parent.id = t.account_id), '{}'::uuid[]) FROM stock_levels t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_stock_levels(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON stock_levels
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version('available');

CREATE OR REPLACE FUNCTION backroom.capture_stock_levels() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_level', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id, n_parent.other_location_id], NULL) FROM stock_accounts n_parent WHERE n_parent.id = n.account_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_level', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id, o_parent.other_location_id], NULL) FROM stock_accounts o_parent WHERE o_parent.id = o.account_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id, n_parent.other_location_id], NULL) FROM stock_accounts n_parent WHERE n_parent.id = n.account_id), '{}'::uuid[]),
            CASE WHEN o.account_id IS DISTINCT FROM n.account_id THEN jsonb_build_object('account_id', jsonb_build_array(o.account_id, n.account_id)) ELSE '{}' END ||
            CASE WHEN o.kind IS DISTINCT FROM n.kind THEN jsonb_build_object('kind', jsonb_build_array(o.kind, n.kind)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.on_hand IS DISTINCT FROM n.on_hand THEN jsonb_build_object('on_hand', jsonb_build_array(o.on_hand, n.on_hand)) ELSE '{}' END ||
            CASE WHEN o.reserved IS DISTINCT FROM n.reserved THEN jsonb_build_object('reserved', jsonb_build_array(o.reserved, n.reserved)) ELSE '{}' END ||
            CASE WHEN o.available IS DISTINCT FROM n.available THEN jsonb_build_object('available', jsonb_build_array(o.available, n.available)) ELSE '{}' END ||
            CASE WHEN o.value IS DISTINCT FROM n.value THEN jsonb_build_object('value', jsonb_build_array(o.value, n.value)) ELSE '{}' END ||
            CASE WHEN o.unit_cost IS DISTINCT FROM n.unit_cost THEN jsonb_build_object('unit_cost', jsonb_build_array(o.unit_cost, n.unit_cost)) ELSE '{}' END ||
            CASE WHEN o.seq IS DISTINCT FROM n.seq THEN jsonb_build_object('seq', jsonb_build_array(o.seq, n.seq)) ELSE '{}' END ||
            CASE WHEN o.may_go_negative IS DISTINCT FROM n.may_go_negative THEN jsonb_build_object('may_go_negative', jsonb_build_array(o.may_go_negative, n.may_go_negative)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_level', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id, o_parent.other_location_id], NULL) FROM stock_accounts o_parent WHERE o_parent.id = o.account_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON stock_levels
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_levels();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON stock_levels
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_levels();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON stock_levels
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_levels();

GRANT SELECT ON stock_levels TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON stock_levels TO backroom_posting;

ALTER TABLE stock_levels ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON stock_levels;
CREATE POLICY see_row ON stock_levels FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_accounts stock_levels_parent WHERE stock_levels_parent.id IN (stock_levels.account_id) AND (stock_levels_parent.location_id = ANY ((SELECT backroom.locations('stock_level', 'see'))::uuid[]) OR stock_levels_parent.other_location_id = ANY ((SELECT backroom.locations('stock_level', 'see'))::uuid[]))));
DROP POLICY IF EXISTS create_row ON stock_levels;
CREATE POLICY create_row ON stock_levels FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM stock_accounts stock_levels_parent WHERE stock_levels_parent.id IN (stock_levels.account_id) AND (stock_levels_parent.location_id = ANY ((SELECT backroom.locations('stock_level', 'create'))::uuid[]) OR stock_levels_parent.other_location_id = ANY ((SELECT backroom.locations('stock_level', 'create'))::uuid[]))));
DROP POLICY IF EXISTS change_row ON stock_levels;
CREATE POLICY change_row ON stock_levels FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_accounts stock_levels_parent WHERE stock_levels_parent.id IN (stock_levels.account_id) AND (stock_levels_parent.location_id = ANY ((SELECT backroom.locations('stock_level', 'change'))::uuid[]) OR stock_levels_parent.other_location_id = ANY ((SELECT backroom.locations('stock_level', 'change'))::uuid[])))) WITH CHECK (EXISTS (SELECT 1 FROM stock_accounts stock_levels_parent WHERE stock_levels_parent.id IN (stock_levels.account_id) AND (stock_levels_parent.location_id = ANY ((SELECT backroom.locations('stock_level', 'change'))::uuid[]) OR stock_levels_parent.other_location_id = ANY ((SELECT backroom.locations('stock_level', 'change'))::uuid[]))));
DROP POLICY IF EXISTS delete_row ON stock_levels;
CREATE POLICY delete_row ON stock_levels FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_accounts stock_levels_parent WHERE stock_levels_parent.id IN (stock_levels.account_id) AND (stock_levels_parent.location_id = ANY ((SELECT backroom.locations('stock_level', 'delete'))::uuid[]) OR stock_levels_parent.other_location_id = ANY ((SELECT backroom.locations('stock_level', 'delete'))::uuid[]))));
DROP POLICY IF EXISTS post_row ON stock_levels;
CREATE POLICY post_row ON stock_levels TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON stock_levels;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON stock_levels TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DROP VIEW IF EXISTS backroom.seen_stock_levels;
CREATE VIEW backroom.seen_stock_levels AS
    SELECT t.id, t.account_id, t.kind, t.location_id, t.product_id, t.on_hand, t.reserved, t.available, t.value, t.unit_cost, t.seq, t.may_go_negative, t.version, t.created_at, t.updated_at
    FROM stock_levels t
    WHERE EXISTS (SELECT 1 FROM stock_accounts t_parent WHERE t_parent.id IN (t.account_id) AND (t_parent.location_id = ANY ((SELECT backroom.locations('stock_level', 'see'))::uuid[]) OR t_parent.other_location_id = ANY ((SELECT backroom.locations('stock_level', 'see'))::uuid[])));
GRANT SELECT ON backroom.seen_stock_levels TO backroom_scoped;
