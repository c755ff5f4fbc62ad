-- tax_rates: A rate of tax by name, such as the standard or the reduced one.

-- Scope: shared. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('tax_rate', 'tax_rates', 'tax_rate')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_tax_rates(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{00000000-0000-0000-0000-000000000000}'::uuid[] FROM tax_rates t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_tax_rates(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON tax_rates
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_tax_rates() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'tax_rate', n.id, 'insert', n.version, '{}', '{00000000-0000-0000-0000-000000000000}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'tax_rate', n.id, 'update', n.version, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{00000000-0000-0000-0000-000000000000}'::uuid[],
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.rate IS DISTINCT FROM n.rate THEN jsonb_build_object('rate', jsonb_build_array(o.rate, n.rate)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'tax_rate', o.id, 'delete', o.version + 1, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON tax_rates
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_tax_rates();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON tax_rates
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_tax_rates();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON tax_rates
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_tax_rates();

GRANT SELECT ON tax_rates TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON tax_rates TO backroom_scoped, backroom_global;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'tax_rates' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_tax_rates_name', 'list_tax_rates_rate', 'list_tax_rates_search_name'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_tax_rates_name ON tax_rates (lower(name), id);
CREATE INDEX IF NOT EXISTS list_tax_rates_rate ON tax_rates (rate, id);

CREATE INDEX IF NOT EXISTS list_tax_rates_search_name ON tax_rates USING gin ((' ' || coalesce(name, '')) gin_trgm_ops);
