-- attachments: A file that hangs on a record and is seen by whoever sees that record.

-- Scope: as record. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('attachment', 'attachments', 'attachment')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_attachments(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT backroom.audience_of(t.entity, t.record_id) FROM attachments t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_attachments(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON attachments
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_attachments() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'attachment', n.id, 'insert', n.version, '{}', backroom.audience_of(n.entity, n.record_id), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'attachment', n.id, 'update', n.version, backroom.audience_of(o.entity, o.record_id), backroom.audience_of(n.entity, n.record_id),
            CASE WHEN o.entity IS DISTINCT FROM n.entity THEN jsonb_build_object('entity', jsonb_build_array(o.entity, n.entity)) ELSE '{}' END ||
            CASE WHEN o.record_id IS DISTINCT FROM n.record_id THEN jsonb_build_object('record_id', jsonb_build_array(o.record_id, n.record_id)) ELSE '{}' END ||
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.file IS DISTINCT FROM n.file THEN jsonb_build_object('file', jsonb_build_array(o.file, n.file)) ELSE '{}' END ||
            CASE WHEN o.size IS DISTINCT FROM n.size THEN jsonb_build_object('size', jsonb_build_array(o.size, n.size)) ELSE '{}' END ||
            CASE WHEN o.content_type IS DISTINCT FROM n.content_type THEN jsonb_build_object('content_type', jsonb_build_array(o.content_type, n.content_type)) ELSE '{}' END ||
            CASE WHEN o.uploaded_by_id IS DISTINCT FROM n.uploaded_by_id THEN jsonb_build_object('uploaded_by_id', jsonb_build_array(o.uploaded_by_id, n.uploaded_by_id)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'attachment', o.id, 'delete', o.version + 1, backroom.audience_of(o.entity, o.record_id), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON attachments
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_attachments();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON attachments
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_attachments();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON attachments
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_attachments();

GRANT SELECT ON attachments TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON attachments TO backroom_scoped, backroom_global;

ALTER TABLE attachments ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON attachments;
CREATE POLICY see_row ON attachments FOR SELECT TO backroom_scoped
    USING (backroom.sees_record(attachments.entity, attachments.record_id));
DROP POLICY IF EXISTS create_row ON attachments;
CREATE POLICY create_row ON attachments FOR INSERT TO backroom_scoped
    WITH CHECK ((backroom.sees_record(attachments.entity, attachments.record_id) AND (SELECT backroom.can('attachment', 'create'))));
DROP POLICY IF EXISTS change_row ON attachments;
CREATE POLICY change_row ON attachments FOR UPDATE TO backroom_scoped
    USING ((backroom.sees_record(attachments.entity, attachments.record_id) AND (SELECT backroom.can('attachment', 'change')))) WITH CHECK ((backroom.sees_record(attachments.entity, attachments.record_id) AND (SELECT backroom.can('attachment', 'change'))));
DROP POLICY IF EXISTS delete_row ON attachments;
CREATE POLICY delete_row ON attachments FOR DELETE TO backroom_scoped
    USING ((backroom.sees_record(attachments.entity, attachments.record_id) AND (SELECT backroom.can('attachment', 'delete'))));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON attachments;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON attachments TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'attachments' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_attachments_created_at', 'list_attachments_search_name'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_attachments_created_at ON attachments (created_at, id);
DROP VIEW IF EXISTS backroom.seen_attachments;
CREATE VIEW backroom.seen_attachments AS
    SELECT t.id, t.entity, t.record_id, t.name, t.file, t.size, t.content_type, t.uploaded_by_id, t.version, t.created_at, t.updated_at
    FROM attachments t
    WHERE backroom.sees_record(t.entity, t.record_id);
GRANT SELECT ON backroom.seen_attachments TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_attachments_search_name ON attachments USING gin ((' ' || coalesce(name, '')) gin_trgm_ops);
