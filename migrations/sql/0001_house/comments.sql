-- comments: A remark on a record, seen by whoever sees that record.

-- Scope: as record. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('comment', 'comments', 'comment')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_comments(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT backroom.audience_of(t.entity, t.record_id) FROM comments t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_comments(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON comments
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_comments() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'comment', n.id, 'insert', n.version, '{}', backroom.audience_of(n.entity, n.record_id), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'comment', n.id, 'update', n.version, backroom.audience_of(o.entity, o.record_id), backroom.audience_of(n.entity, n.record_id),
            CASE WHEN o.entity IS DISTINCT FROM n.entity THEN jsonb_build_object('entity', jsonb_build_array(o.entity, n.entity)) ELSE '{}' END ||
            CASE WHEN o.record_id IS DISTINCT FROM n.record_id THEN jsonb_build_object('record_id', jsonb_build_array(o.record_id, n.record_id)) ELSE '{}' END ||
            CASE WHEN o.body IS DISTINCT FROM n.body THEN jsonb_build_object('body', jsonb_build_array(o.body, n.body)) ELSE '{}' END ||
            CASE WHEN o.author_id IS DISTINCT FROM n.author_id THEN jsonb_build_object('author_id', jsonb_build_array(o.author_id, n.author_id)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'comment', o.id, 'delete', o.version + 1, backroom.audience_of(o.entity, o.record_id), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON comments
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_comments();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON comments
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_comments();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON comments
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_comments();

GRANT SELECT ON comments TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON comments TO backroom_scoped, backroom_global;

ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON comments;
CREATE POLICY see_row ON comments FOR SELECT TO backroom_scoped
    USING (backroom.sees_record(comments.entity, comments.record_id));
DROP POLICY IF EXISTS create_row ON comments;
CREATE POLICY create_row ON comments FOR INSERT TO backroom_scoped
    WITH CHECK ((backroom.sees_record(comments.entity, comments.record_id) AND (SELECT backroom.can('comment', 'create'))));
DROP POLICY IF EXISTS change_row ON comments;
CREATE POLICY change_row ON comments FOR UPDATE TO backroom_scoped
    USING ((backroom.sees_record(comments.entity, comments.record_id) AND (SELECT backroom.can('comment', 'change')))) WITH CHECK ((backroom.sees_record(comments.entity, comments.record_id) AND (SELECT backroom.can('comment', 'change'))));
DROP POLICY IF EXISTS delete_row ON comments;
CREATE POLICY delete_row ON comments FOR DELETE TO backroom_scoped
    USING ((backroom.sees_record(comments.entity, comments.record_id) AND (SELECT backroom.can('comment', 'delete'))));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON comments;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON comments TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'comments' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_comments_created_at', 'list_comments_search_body'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_comments_created_at ON comments (created_at, id);
DROP VIEW IF EXISTS backroom.seen_comments;
CREATE VIEW backroom.seen_comments AS
    SELECT t.id, t.entity, t.record_id, t.body, t.author_id, t.version, t.created_at, t.updated_at
    FROM comments t
    WHERE backroom.sees_record(t.entity, t.record_id);
GRANT SELECT ON backroom.seen_comments TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_comments_search_body ON comments USING gin ((' ' || coalesce(body, '')) gin_trgm_ops);
