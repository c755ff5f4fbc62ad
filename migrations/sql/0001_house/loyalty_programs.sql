-- loyalty_programs: How points are earned, and from how many on a client belongs to which tier.

-- Scope: shared. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('loyalty_program', 'loyalty_programs', 'loyalty_program')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_loyalty_programs(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{00000000-0000-0000-0000-000000000000}'::uuid[] FROM loyalty_programs t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_loyalty_programs(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON loyalty_programs
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_loyalty_programs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'loyalty_program', n.id, 'insert', n.version, '{}', '{00000000-0000-0000-0000-000000000000}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'loyalty_program', n.id, 'update', n.version, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{00000000-0000-0000-0000-000000000000}'::uuid[],
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.points_per_unit IS DISTINCT FROM n.points_per_unit THEN jsonb_build_object('points_per_unit', jsonb_build_array(o.points_per_unit, n.points_per_unit)) ELSE '{}' END ||
            CASE WHEN o.silver_from IS DISTINCT FROM n.silver_from THEN jsonb_build_object('silver_from', jsonb_build_array(o.silver_from, n.silver_from)) ELSE '{}' END ||
            CASE WHEN o.gold_from IS DISTINCT FROM n.gold_from THEN jsonb_build_object('gold_from', jsonb_build_array(o.gold_from, n.gold_from)) ELSE '{}' END ||
            CASE WHEN o.platinum_from IS DISTINCT FROM n.platinum_from THEN jsonb_build_object('platinum_from', jsonb_build_array(o.platinum_from, n.platinum_from)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'loyalty_program', o.id, 'delete', o.version + 1, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON loyalty_programs
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_loyalty_programs();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON loyalty_programs
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_loyalty_programs();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON loyalty_programs
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_loyalty_programs();

GRANT SELECT ON loyalty_programs TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON loyalty_programs TO backroom_scoped, backroom_global;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'loyalty_programs' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_loyalty_programs_name', 'list_loyalty_programs_points_per_unit', 'list_loyalty_programs_silver_from', 'list_loyalty_programs_gold_from', 'list_loyalty_programs_platinum_from', 'list_loyalty_programs_search_name'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_loyalty_programs_name ON loyalty_programs (lower(name), id);
CREATE INDEX IF NOT EXISTS list_loyalty_programs_points_per_unit ON loyalty_programs (points_per_unit, id);
CREATE INDEX IF NOT EXISTS list_loyalty_programs_silver_from ON loyalty_programs (silver_from, id);
CREATE INDEX IF NOT EXISTS list_loyalty_programs_gold_from ON loyalty_programs (gold_from, id);
CREATE INDEX IF NOT EXISTS list_loyalty_programs_platinum_from ON loyalty_programs (platinum_from, id);

CREATE INDEX IF NOT EXISTS list_loyalty_programs_search_name ON loyalty_programs USING gin ((' ' || coalesce(name, '')) gin_trgm_ops);
