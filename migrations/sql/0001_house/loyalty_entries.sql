-- loyalty_entries: Points earned, spent or corrected; a mistake is corrected by another entry.

-- Scope: via. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('loyalty_entry', 'loyalty_entries', 'loyalty_entry')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_loyalty_entries(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{00000000-0000-0000-0000-000000000000}'::uuid[] FROM loyalty_entries t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_loyalty_entries(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON loyalty_entries
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_loyalty_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'loyalty_entry', n.id, 'insert', n.version, '{}', '{00000000-0000-0000-0000-000000000000}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'loyalty_entry', n.id, 'update', n.version, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{00000000-0000-0000-0000-000000000000}'::uuid[],
            CASE WHEN o.account_id IS DISTINCT FROM n.account_id THEN jsonb_build_object('account_id', jsonb_build_array(o.account_id, n.account_id)) ELSE '{}' END ||
            CASE WHEN o.kind IS DISTINCT FROM n.kind THEN jsonb_build_object('kind', jsonb_build_array(o.kind, n.kind)) ELSE '{}' END ||
            CASE WHEN o.points IS DISTINCT FROM n.points THEN jsonb_build_object('points', jsonb_build_array(o.points, n.points)) ELSE '{}' END ||
            CASE WHEN o.sale_id IS DISTINCT FROM n.sale_id THEN jsonb_build_object('sale_id', jsonb_build_array(o.sale_id, n.sale_id)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'loyalty_entry', o.id, 'delete', o.version + 1, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON loyalty_entries
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_loyalty_entries();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON loyalty_entries
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_loyalty_entries();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON loyalty_entries
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_loyalty_entries();

GRANT SELECT ON loyalty_entries TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON loyalty_entries TO backroom_scoped, backroom_global;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'loyalty_entries' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_loyalty_entries_created_at', 'list_loyalty_entries_search_note'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_loyalty_entries_created_at ON loyalty_entries (created_at, id);

CREATE INDEX IF NOT EXISTS list_loyalty_entries_search_note ON loyalty_entries USING gin ((' ' || coalesce(note, '')) gin_trgm_ops);
