-- delegations: Somebody else decides for a person, for some days: what that person may decide, and nothing that either asked for.

-- Scope: own. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('delegation', 'delegations', 'delegation')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_delegations(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.user_id], NULL) FROM delegations t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_delegations(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON delegations
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_delegations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'delegation', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.user_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'delegation', n.id, 'update', n.version, array_remove(ARRAY[o.user_id], NULL), array_remove(ARRAY[n.user_id], NULL),
            CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END ||
            CASE WHEN o.to_user_id IS DISTINCT FROM n.to_user_id THEN jsonb_build_object('to_user_id', jsonb_build_array(o.to_user_id, n.to_user_id)) ELSE '{}' END ||
            CASE WHEN o.starts_on IS DISTINCT FROM n.starts_on THEN jsonb_build_object('starts_on', jsonb_build_array(o.starts_on, n.starts_on)) ELSE '{}' END ||
            CASE WHEN o.ends_on IS DISTINCT FROM n.ends_on THEN jsonb_build_object('ends_on', jsonb_build_array(o.ends_on, n.ends_on)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'delegation', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.user_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON delegations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_delegations();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON delegations
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_delegations();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON delegations
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_delegations();

CREATE OR REPLACE TRIGGER raise_access_epoch AFTER INSERT OR UPDATE OR DELETE ON delegations
    FOR EACH STATEMENT EXECUTE FUNCTION backroom.raise_access_epoch();

GRANT SELECT ON delegations TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON delegations TO backroom_scoped, backroom_global;

ALTER TABLE delegations ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON delegations;
CREATE POLICY see_row ON delegations FOR SELECT TO backroom_scoped
    USING (((SELECT backroom.everywhere('delegation', 'see')) OR delegations.user_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS create_row ON delegations;
CREATE POLICY create_row ON delegations FOR INSERT TO backroom_scoped
    WITH CHECK (((SELECT backroom.everywhere('delegation', 'create')) OR delegations.user_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS change_row ON delegations;
CREATE POLICY change_row ON delegations FOR UPDATE TO backroom_scoped
    USING (((SELECT backroom.everywhere('delegation', 'change')) OR delegations.user_id = (SELECT backroom.actor()))) WITH CHECK (((SELECT backroom.everywhere('delegation', 'change')) OR delegations.user_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS delete_row ON delegations;
CREATE POLICY delete_row ON delegations FOR DELETE TO backroom_scoped
    USING (((SELECT backroom.everywhere('delegation', 'delete')) OR delegations.user_id = (SELECT backroom.actor())));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON delegations;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON delegations TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'delegations' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_delegations_starts_on', 'list_delegations_ends_on', 'list_delegations_note', 'list_delegations_search_note'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_delegations_starts_on ON delegations (starts_on, id);
CREATE INDEX IF NOT EXISTS list_delegations_ends_on ON delegations (ends_on, id);
CREATE INDEX IF NOT EXISTS list_delegations_note ON delegations (lower(note), id);
DROP VIEW IF EXISTS backroom.seen_delegations;
CREATE VIEW backroom.seen_delegations AS
    SELECT t.id, t.user_id, t.to_user_id, t.starts_on, t.ends_on, t.note, t.version, t.created_at, t.updated_at
    FROM delegations t
    WHERE ((SELECT backroom.everywhere('delegation', 'see')) OR t.user_id = (SELECT backroom.actor()));
GRANT SELECT ON backroom.seen_delegations TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_delegations_search_note ON delegations USING gin ((' ' || coalesce(note, '')) gin_trgm_ops);
