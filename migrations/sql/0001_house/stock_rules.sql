-- stock_rules: What people decide about a product at a location; apart from its level, so that no sale makes the form stale.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('stock_rule', 'stock_rules', 'stock_rule')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_stock_rules(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM stock_rules t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_stock_rules(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON stock_rules
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_stock_rules() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_rule', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_rule', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.reorder_point IS DISTINCT FROM n.reorder_point THEN jsonb_build_object('reorder_point', jsonb_build_array(o.reorder_point, n.reorder_point)) ELSE '{}' END ||
            CASE WHEN o.reorder_quantity IS DISTINCT FROM n.reorder_quantity THEN jsonb_build_object('reorder_quantity', jsonb_build_array(o.reorder_quantity, n.reorder_quantity)) ELSE '{}' END ||
            CASE WHEN o.place IS DISTINCT FROM n.place THEN jsonb_build_object('place', jsonb_build_array(o.place, n.place)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_rule', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON stock_rules
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_rules();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON stock_rules
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_rules();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON stock_rules
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_rules();

GRANT SELECT ON stock_rules TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON stock_rules TO backroom_scoped, backroom_global;

ALTER TABLE stock_rules ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON stock_rules;
CREATE POLICY see_row ON stock_rules FOR SELECT TO backroom_scoped
    USING (stock_rules.location_id = ANY ((SELECT backroom.locations('stock_rule', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON stock_rules;
CREATE POLICY create_row ON stock_rules FOR INSERT TO backroom_scoped
    WITH CHECK (stock_rules.location_id = ANY ((SELECT backroom.locations('stock_rule', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON stock_rules;
CREATE POLICY change_row ON stock_rules FOR UPDATE TO backroom_scoped
    USING (stock_rules.location_id = ANY ((SELECT backroom.locations('stock_rule', 'change'))::uuid[])) WITH CHECK (stock_rules.location_id = ANY ((SELECT backroom.locations('stock_rule', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON stock_rules;
CREATE POLICY delete_row ON stock_rules FOR DELETE TO backroom_scoped
    USING (stock_rules.location_id = ANY ((SELECT backroom.locations('stock_rule', 'delete'))::uuid[]));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON stock_rules;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON stock_rules TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'stock_rules' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_stock_rules_place', 'list_stock_rules_placed_place', 'list_stock_rules_reorder_point', 'list_stock_rules_placed_reorder_point', 'list_stock_rules_reorder_quantity', 'list_stock_rules_placed_reorder_quantity', 'list_stock_rules_search_place'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_stock_rules_place ON stock_rules (lower(place), id);
CREATE INDEX IF NOT EXISTS list_stock_rules_placed_place ON stock_rules (location_id, lower(place), id);
CREATE INDEX IF NOT EXISTS list_stock_rules_reorder_point ON stock_rules (reorder_point, id);
CREATE INDEX IF NOT EXISTS list_stock_rules_placed_reorder_point ON stock_rules (location_id, reorder_point, id);
CREATE INDEX IF NOT EXISTS list_stock_rules_reorder_quantity ON stock_rules (reorder_quantity, id);
CREATE INDEX IF NOT EXISTS list_stock_rules_placed_reorder_quantity ON stock_rules (location_id, reorder_quantity, id);
DROP VIEW IF EXISTS backroom.seen_stock_rules;
CREATE VIEW backroom.seen_stock_rules AS
    SELECT t.id, t.location_id, t.product_id, t.reorder_point, t.reorder_quantity, t.place, t.version, t.created_at, t.updated_at
    FROM stock_rules t
    WHERE t.location_id = ANY ((SELECT backroom.locations('stock_rule', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_stock_rules TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_stock_rules_search_place ON stock_rules USING gin ((' ' || coalesce(place, '')) gin_trgm_ops);
