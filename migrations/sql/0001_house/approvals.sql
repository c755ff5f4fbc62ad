-- approvals: A question about a document that somebody else has to decide, and the decision.

-- Scope: as record. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('approval', 'approvals', 'approval')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_approvals(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT backroom.audience_of(t.entity, t.record_id) FROM approvals t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_approvals(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON approvals
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_approvals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'approval', n.id, 'insert', n.version, '{}', backroom.audience_of(n.entity, n.record_id), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'approval', n.id, 'update', n.version, backroom.audience_of(o.entity, o.record_id), backroom.audience_of(n.entity, n.record_id),
            CASE WHEN o.entity IS DISTINCT FROM n.entity THEN jsonb_build_object('entity', jsonb_build_array(o.entity, n.entity)) ELSE '{}' END ||
            CASE WHEN o.record_id IS DISTINCT FROM n.record_id THEN jsonb_build_object('record_id', jsonb_build_array(o.record_id, n.record_id)) ELSE '{}' END ||
            CASE WHEN o.verb IS DISTINCT FROM n.verb THEN jsonb_build_object('verb', jsonb_build_array(o.verb, n.verb)) ELSE '{}' END ||
            CASE WHEN o.asked_by_id IS DISTINCT FROM n.asked_by_id THEN jsonb_build_object('asked_by_id', jsonb_build_array(o.asked_by_id, n.asked_by_id)) ELSE '{}' END ||
            CASE WHEN o.reason IS DISTINCT FROM n.reason THEN jsonb_build_object('reason', jsonb_build_array(o.reason, n.reason)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.decided_by_id IS DISTINCT FROM n.decided_by_id THEN jsonb_build_object('decided_by_id', jsonb_build_array(o.decided_by_id, n.decided_by_id)) ELSE '{}' END ||
            CASE WHEN o.on_behalf_of_id IS DISTINCT FROM n.on_behalf_of_id THEN jsonb_build_object('on_behalf_of_id', jsonb_build_array(o.on_behalf_of_id, n.on_behalf_of_id)) ELSE '{}' END ||
            CASE WHEN o.decided_at IS DISTINCT FROM n.decided_at THEN jsonb_build_object('decided_at', jsonb_build_array(o.decided_at, n.decided_at)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'approval', o.id, 'delete', o.version + 1, backroom.audience_of(o.entity, o.record_id), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON approvals
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_approvals();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON approvals
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_approvals();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON approvals
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_approvals();

GRANT SELECT ON approvals TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON approvals TO backroom_posting;

ALTER TABLE approvals ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON approvals;
CREATE POLICY see_row ON approvals FOR SELECT TO backroom_scoped
    USING (backroom.sees_record(approvals.entity, approvals.record_id));
DROP POLICY IF EXISTS create_row ON approvals;
CREATE POLICY create_row ON approvals FOR INSERT TO backroom_scoped
    WITH CHECK ((backroom.sees_record(approvals.entity, approvals.record_id) AND (SELECT backroom.can('approval', 'create'))));
DROP POLICY IF EXISTS change_row ON approvals;
CREATE POLICY change_row ON approvals FOR UPDATE TO backroom_scoped
    USING ((backroom.sees_record(approvals.entity, approvals.record_id) AND (SELECT backroom.can('approval', 'change')))) WITH CHECK ((backroom.sees_record(approvals.entity, approvals.record_id) AND (SELECT backroom.can('approval', 'change'))));
DROP POLICY IF EXISTS delete_row ON approvals;
CREATE POLICY delete_row ON approvals FOR DELETE TO backroom_scoped
    USING ((backroom.sees_record(approvals.entity, approvals.record_id) AND (SELECT backroom.can('approval', 'delete'))));
DROP POLICY IF EXISTS post_row ON approvals;
CREATE POLICY post_row ON approvals TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON approvals;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON approvals TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'approvals' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_approvals_created_at', 'list_approvals_search_entity_note'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_approvals_created_at ON approvals (created_at, id);
DROP VIEW IF EXISTS backroom.seen_approvals;
CREATE VIEW backroom.seen_approvals AS
    SELECT t.id, t.entity, t.record_id, t.verb, t.asked_by_id, t.reason, t.state, t.decided_by_id, t.on_behalf_of_id, t.decided_at, t.note, t.version, t.created_at, t.updated_at
    FROM approvals t
    WHERE backroom.sees_record(t.entity, t.record_id);
GRANT SELECT ON backroom.seen_approvals TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_approvals_search_entity_note ON approvals USING gin ((' ' || coalesce(entity, '') || ' ' || coalesce(note, '')) gin_trgm_ops);
