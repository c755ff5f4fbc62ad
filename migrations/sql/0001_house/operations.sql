-- operations: A write that happened, under the id its sender gave it, with the answer it got.

-- Scope: own. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('operation', 'operations', 'operation')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_operations(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.actor_id], NULL) FROM operations t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_operations(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON operations
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_operations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'operation', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.actor_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'operation', n.id, 'update', n.version, array_remove(ARRAY[o.actor_id], NULL), array_remove(ARRAY[n.actor_id], NULL),
            CASE WHEN o.actor_id IS DISTINCT FROM n.actor_id THEN jsonb_build_object('actor_id', jsonb_build_array(o.actor_id, n.actor_id)) ELSE '{}' END ||
            CASE WHEN o.payload_hash IS DISTINCT FROM n.payload_hash THEN jsonb_build_object('payload_hash', jsonb_build_array(o.payload_hash, n.payload_hash)) ELSE '{}' END ||
            CASE WHEN o.answer IS DISTINCT FROM n.answer THEN jsonb_build_object('answer', jsonb_build_array(o.answer, n.answer)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'operation', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.actor_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON operations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_operations();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON operations
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_operations();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON operations
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_operations();

GRANT SELECT ON operations TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON operations TO backroom_scoped, backroom_global;

ALTER TABLE operations ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON operations;
CREATE POLICY see_row ON operations FOR SELECT TO backroom_scoped
    USING (((SELECT backroom.everywhere('operation', 'see')) OR operations.actor_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS create_row ON operations;
CREATE POLICY create_row ON operations FOR INSERT TO backroom_scoped
    WITH CHECK (((SELECT backroom.everywhere('operation', 'create')) OR operations.actor_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS change_row ON operations;
CREATE POLICY change_row ON operations FOR UPDATE TO backroom_scoped
    USING (((SELECT backroom.everywhere('operation', 'change')) OR operations.actor_id = (SELECT backroom.actor()))) WITH CHECK (((SELECT backroom.everywhere('operation', 'change')) OR operations.actor_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS delete_row ON operations;
CREATE POLICY delete_row ON operations FOR DELETE TO backroom_scoped
    USING (((SELECT backroom.everywhere('operation', 'delete'))));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON operations;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON operations TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'operations' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_operations_created_at', 'list_operations_payload_hash', 'list_operations_search_payload_hash'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_operations_created_at ON operations (created_at, id);
CREATE INDEX IF NOT EXISTS list_operations_payload_hash ON operations (lower(payload_hash), id);
DROP VIEW IF EXISTS backroom.seen_operations;
CREATE VIEW backroom.seen_operations AS
    SELECT t.id, t.actor_id, t.payload_hash, t.answer, t.version, t.created_at, t.updated_at
    FROM operations t
    WHERE ((SELECT backroom.everywhere('operation', 'see')) OR t.actor_id = (SELECT backroom.actor()));
GRANT SELECT ON backroom.seen_operations TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_operations_search_payload_hash ON operations USING gin ((' ' || coalesce(payload_hash, '')) gin_trgm_ops);
