-- saved_views: The columns, order, filters and density of one list, under a name.

-- Scope: own. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('saved_view', 'saved_views', 'saved_view')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_saved_views(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN t.shared THEN '{00000000-0000-0000-0000-000000000000}'::uuid[] ELSE array_remove(ARRAY[t.user_id], NULL) END FROM saved_views t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_saved_views(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON saved_views
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_saved_views() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'saved_view', n.id, 'insert', n.version, '{}', CASE WHEN n.shared THEN '{00000000-0000-0000-0000-000000000000}'::uuid[] ELSE array_remove(ARRAY[n.user_id], NULL) END, to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'saved_view', n.id, 'update', n.version, CASE WHEN o.shared THEN '{00000000-0000-0000-0000-000000000000}'::uuid[] ELSE array_remove(ARRAY[o.user_id], NULL) END, CASE WHEN n.shared THEN '{00000000-0000-0000-0000-000000000000}'::uuid[] ELSE array_remove(ARRAY[n.user_id], NULL) END,
            CASE WHEN o.entity IS DISTINCT FROM n.entity THEN jsonb_build_object('entity', jsonb_build_array(o.entity, n.entity)) ELSE '{}' END ||
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.query IS DISTINCT FROM n.query THEN jsonb_build_object('query', jsonb_build_array(o.query, n.query)) ELSE '{}' END ||
            CASE WHEN o.density IS DISTINCT FROM n.density THEN jsonb_build_object('density', jsonb_build_array(o.density, n.density)) ELSE '{}' END ||
            CASE WHEN o.position IS DISTINCT FROM n.position THEN jsonb_build_object('position', jsonb_build_array(o.position, n.position)) ELSE '{}' END ||
            CASE WHEN o.shared IS DISTINCT FROM n.shared THEN jsonb_build_object('shared', jsonb_build_array(o.shared, n.shared)) ELSE '{}' END ||
            CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'saved_view', o.id, 'delete', o.version + 1, CASE WHEN o.shared THEN '{00000000-0000-0000-0000-000000000000}'::uuid[] ELSE array_remove(ARRAY[o.user_id], NULL) END, '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON saved_views
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_saved_views();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON saved_views
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_saved_views();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON saved_views
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_saved_views();

GRANT SELECT ON saved_views TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON saved_views TO backroom_scoped, backroom_global;

ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON saved_views;
CREATE POLICY see_row ON saved_views FOR SELECT TO backroom_scoped
    USING (((SELECT backroom.everywhere('saved_view', 'see')) OR saved_views.user_id = (SELECT backroom.actor()) OR saved_views.shared));
DROP POLICY IF EXISTS create_row ON saved_views;
CREATE POLICY create_row ON saved_views FOR INSERT TO backroom_scoped
    WITH CHECK (((SELECT backroom.everywhere('saved_view', 'create')) OR saved_views.user_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS change_row ON saved_views;
CREATE POLICY change_row ON saved_views FOR UPDATE TO backroom_scoped
    USING (((SELECT backroom.everywhere('saved_view', 'change')) OR saved_views.user_id = (SELECT backroom.actor()))) WITH CHECK (((SELECT backroom.everywhere('saved_view', 'change')) OR saved_views.user_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS delete_row ON saved_views;
CREATE POLICY delete_row ON saved_views FOR DELETE TO backroom_scoped
    USING (((SELECT backroom.everywhere('saved_view', 'delete')) OR saved_views.user_id = (SELECT backroom.actor())));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON saved_views;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON saved_views TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'saved_views' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_saved_views_name', 'list_saved_views_search_name_entity'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_saved_views_name ON saved_views (lower(name), id);
DROP VIEW IF EXISTS backroom.seen_saved_views;
CREATE VIEW backroom.seen_saved_views AS
    SELECT t.id, t.entity, t.name, t.query, t.density, t.position, t.shared, t.user_id, t.version, t.created_at, t.updated_at
    FROM saved_views t
    WHERE ((SELECT backroom.everywhere('saved_view', 'see')) OR t.user_id = (SELECT backroom.actor()) OR t.shared);
GRANT SELECT ON backroom.seen_saved_views TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_saved_views_search_name_entity ON saved_views USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(entity, '')) gin_trgm_ops);
