-- reservations: What an order or a transfer holds of a product at a location, and until when.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('reservation', 'reservations', 'reservation')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_reservations(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM reservations t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_reservations(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON reservations
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_reservations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'reservation', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'reservation', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.quantity IS DISTINCT FROM n.quantity THEN jsonb_build_object('quantity', jsonb_build_array(o.quantity, n.quantity)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.document IS DISTINCT FROM n.document THEN jsonb_build_object('document', jsonb_build_array(o.document, n.document)) ELSE '{}' END ||
            CASE WHEN o.document_id IS DISTINCT FROM n.document_id THEN jsonb_build_object('document_id', jsonb_build_array(o.document_id, n.document_id)) ELSE '{}' END ||
            CASE WHEN o.until IS DISTINCT FROM n.until THEN jsonb_build_object('until', jsonb_build_array(o.until, n.until)) ELSE '{}' END ||
            CASE WHEN o.ended_at IS DISTINCT FROM n.ended_at THEN jsonb_build_object('ended_at', jsonb_build_array(o.ended_at, n.ended_at)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'reservation', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON reservations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_reservations();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON reservations
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_reservations();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON reservations
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_reservations();

GRANT SELECT ON reservations TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON reservations TO backroom_posting;

ALTER TABLE reservations ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON reservations;
CREATE POLICY see_row ON reservations FOR SELECT TO backroom_scoped
    USING (reservations.location_id = ANY ((SELECT backroom.locations('reservation', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON reservations;
CREATE POLICY create_row ON reservations FOR INSERT TO backroom_scoped
    WITH CHECK (reservations.location_id = ANY ((SELECT backroom.locations('reservation', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON reservations;
CREATE POLICY change_row ON reservations FOR UPDATE TO backroom_scoped
    USING (reservations.location_id = ANY ((SELECT backroom.locations('reservation', 'change'))::uuid[])) WITH CHECK (reservations.location_id = ANY ((SELECT backroom.locations('reservation', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON reservations;
CREATE POLICY delete_row ON reservations FOR DELETE TO backroom_scoped
    USING (reservations.location_id = ANY ((SELECT backroom.locations('reservation', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON reservations;
CREATE POLICY post_row ON reservations TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON reservations;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON reservations TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'reservations' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_reservations_created_at', 'list_reservations_placed_created_at', 'list_reservations_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_reservations_created_at ON reservations (created_at, id);
CREATE INDEX IF NOT EXISTS list_reservations_placed_created_at ON reservations (location_id, created_at, id);
DROP VIEW IF EXISTS backroom.seen_reservations;
CREATE VIEW backroom.seen_reservations AS
    SELECT t.id, t.location_id, t.product_id, t.quantity, t.state, t.document, t.document_id, t.until, t.ended_at, t.version, t.created_at, t.updated_at
    FROM reservations t
    WHERE t.location_id = ANY ((SELECT backroom.locations('reservation', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_reservations TO backroom_scoped;
