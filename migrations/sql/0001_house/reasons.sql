-- reasons: A reason to choose from, such as damaged, expired or found, and what it asks for.

-- Scope: shared. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('reason', 'reasons', 'reason')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_reasons(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{00000000-0000-0000-0000-000000000000}'::uuid[] FROM reasons t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_reasons(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON reasons
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_reasons() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'reason', n.id, 'insert', n.version, '{}', '{00000000-0000-0000-0000-000000000000}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'reason', n.id, 'update', n.version, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{00000000-0000-0000-0000-000000000000}'::uuid[],
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.direction IS DISTINCT FROM n.direction THEN jsonb_build_object('direction', jsonb_build_array(o.direction, n.direction)) ELSE '{}' END ||
            CASE WHEN o.needs_note IS DISTINCT FROM n.needs_note THEN jsonb_build_object('needs_note', jsonb_build_array(o.needs_note, n.needs_note)) ELSE '{}' END ||
            CASE WHEN o.approval_limit IS DISTINCT FROM n.approval_limit THEN jsonb_build_object('approval_limit', jsonb_build_array(o.approval_limit, n.approval_limit)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'reason', o.id, 'delete', o.version + 1, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON reasons
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_reasons();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON reasons
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_reasons();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON reasons
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_reasons();

GRANT SELECT ON reasons TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON reasons TO backroom_scoped, backroom_global;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'reasons' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_reasons_name', 'list_reasons_approval_limit', 'list_reasons_search_name'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_reasons_name ON reasons (lower(name), id);
CREATE INDEX IF NOT EXISTS list_reasons_approval_limit ON reasons (approval_limit, id);

CREATE INDEX IF NOT EXISTS list_reasons_search_name ON reasons USING gin ((' ' || coalesce(name, '')) gin_trgm_ops);
