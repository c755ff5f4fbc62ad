-- stock_exceptions: Something about stock to resolve, with who looks after it and how it ended.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('stock_exception', 'stock_exceptions', 'stock_exception')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_stock_exceptions(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM stock_exceptions t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_stock_exceptions(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON stock_exceptions
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_stock_exceptions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_exception', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_exception', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.kind IS DISTINCT FROM n.kind THEN jsonb_build_object('kind', jsonb_build_array(o.kind, n.kind)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.summary IS DISTINCT FROM n.summary THEN jsonb_build_object('summary', jsonb_build_array(o.summary, n.summary)) ELSE '{}' END ||
            CASE WHEN o.quantity IS DISTINCT FROM n.quantity THEN jsonb_build_object('quantity', jsonb_build_array(o.quantity, n.quantity)) ELSE '{}' END ||
            CASE WHEN o.value IS DISTINCT FROM n.value THEN jsonb_build_object('value', jsonb_build_array(o.value, n.value)) ELSE '{}' END ||
            CASE WHEN o.document IS DISTINCT FROM n.document THEN jsonb_build_object('document', jsonb_build_array(o.document, n.document)) ELSE '{}' END ||
            CASE WHEN o.document_id IS DISTINCT FROM n.document_id THEN jsonb_build_object('document_id', jsonb_build_array(o.document_id, n.document_id)) ELSE '{}' END ||
            CASE WHEN o.noticed_at IS DISTINCT FROM n.noticed_at THEN jsonb_build_object('noticed_at', jsonb_build_array(o.noticed_at, n.noticed_at)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.owner_id IS DISTINCT FROM n.owner_id THEN jsonb_build_object('owner_id', jsonb_build_array(o.owner_id, n.owner_id)) ELSE '{}' END ||
            CASE WHEN o.resolution IS DISTINCT FROM n.resolution THEN jsonb_build_object('resolution', jsonb_build_array(o.resolution, n.resolution)) ELSE '{}' END ||
            CASE WHEN o.resolved_at IS DISTINCT FROM n.resolved_at THEN jsonb_build_object('resolved_at', jsonb_build_array(o.resolved_at, n.resolved_at)) ELSE '{}' END ||
            CASE WHEN o.resolved_by_id IS DISTINCT FROM n.resolved_by_id THEN jsonb_build_object('resolved_by_id', jsonb_build_array(o.resolved_by_id, n.resolved_by_id)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_exception', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON stock_exceptions
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_exceptions();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON stock_exceptions
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_exceptions();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON stock_exceptions
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_exceptions();

GRANT SELECT ON stock_exceptions TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON stock_exceptions TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON stock_exceptions TO backroom_posting;

ALTER TABLE stock_exceptions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON stock_exceptions;
CREATE POLICY see_row ON stock_exceptions FOR SELECT TO backroom_scoped
    USING (stock_exceptions.location_id = ANY ((SELECT backroom.locations('stock_exception', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON stock_exceptions;
CREATE POLICY create_row ON stock_exceptions FOR INSERT TO backroom_scoped
    WITH CHECK (stock_exceptions.location_id = ANY ((SELECT backroom.locations('stock_exception', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON stock_exceptions;
CREATE POLICY change_row ON stock_exceptions FOR UPDATE TO backroom_scoped
    USING (stock_exceptions.location_id = ANY ((SELECT backroom.locations('stock_exception', 'change'))::uuid[])) WITH CHECK (stock_exceptions.location_id = ANY ((SELECT backroom.locations('stock_exception', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON stock_exceptions;
CREATE POLICY delete_row ON stock_exceptions FOR DELETE TO backroom_scoped
    USING (stock_exceptions.location_id = ANY ((SELECT backroom.locations('stock_exception', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON stock_exceptions;
CREATE POLICY post_row ON stock_exceptions TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON stock_exceptions;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON stock_exceptions TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'stock_exceptions' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_stock_exceptions_noticed_at', 'list_stock_exceptions_placed_noticed_at', 'list_stock_exceptions_quantity', 'list_stock_exceptions_placed_quantity', 'list_stock_exceptions_search_summary'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_stock_exceptions_noticed_at ON stock_exceptions (noticed_at, id);
CREATE INDEX IF NOT EXISTS list_stock_exceptions_placed_noticed_at ON stock_exceptions (location_id, noticed_at, id);
CREATE INDEX IF NOT EXISTS list_stock_exceptions_quantity ON stock_exceptions (quantity, id);
CREATE INDEX IF NOT EXISTS list_stock_exceptions_placed_quantity ON stock_exceptions (location_id, quantity, id);
DROP VIEW IF EXISTS backroom.seen_stock_exceptions;
CREATE VIEW backroom.seen_stock_exceptions AS
    SELECT t.id, t.kind, t.location_id, t.product_id, t.summary, t.quantity, t.value, t.document, t.document_id, t.noticed_at, t.state, t.owner_id, t.resolution, t.resolved_at, t.resolved_by_id, t.version, t.created_at, t.updated_at
    FROM stock_exceptions t
    WHERE t.location_id = ANY ((SELECT backroom.locations('stock_exception', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_stock_exceptions TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_stock_exceptions_search_summary ON stock_exceptions USING gin ((' ' || coalesce(summary, '')) gin_trgm_ops);
