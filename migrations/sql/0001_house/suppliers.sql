-- suppliers: A company that delivers goods, with its contact and terms.

-- Scope: shared. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('supplier', 'suppliers', 'supplier')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_suppliers(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{00000000-0000-0000-0000-000000000000}'::uuid[] FROM suppliers t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_suppliers(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON suppliers
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_suppliers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'supplier', n.id, 'insert', n.version, '{}', '{00000000-0000-0000-0000-000000000000}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'supplier', n.id, 'update', n.version, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{00000000-0000-0000-0000-000000000000}'::uuid[],
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.customer_number IS DISTINCT FROM n.customer_number THEN jsonb_build_object('customer_number', jsonb_build_array(o.customer_number, n.customer_number)) ELSE '{}' END ||
            CASE WHEN o.contact_name IS DISTINCT FROM n.contact_name THEN jsonb_build_object('contact_name', jsonb_build_array(o.contact_name, n.contact_name)) ELSE '{}' END ||
            CASE WHEN o.contact_title IS DISTINCT FROM n.contact_title THEN jsonb_build_object('contact_title', jsonb_build_array(o.contact_title, n.contact_title)) ELSE '{}' END ||
            CASE WHEN o.phone IS DISTINCT FROM n.phone THEN jsonb_build_object('phone', jsonb_build_array(o.phone, n.phone)) ELSE '{}' END ||
            CASE WHEN o.email IS DISTINCT FROM n.email THEN jsonb_build_object('email', jsonb_build_array(o.email, n.email)) ELSE '{}' END ||
            CASE WHEN o.website IS DISTINCT FROM n.website THEN jsonb_build_object('website', jsonb_build_array(o.website, n.website)) ELSE '{}' END ||
            CASE WHEN o.address IS DISTINCT FROM n.address THEN jsonb_build_object('address', jsonb_build_array(o.address, n.address)) ELSE '{}' END ||
            CASE WHEN o.city IS DISTINCT FROM n.city THEN jsonb_build_object('city', jsonb_build_array(o.city, n.city)) ELSE '{}' END ||
            CASE WHEN o.region IS DISTINCT FROM n.region THEN jsonb_build_object('region', jsonb_build_array(o.region, n.region)) ELSE '{}' END ||
            CASE WHEN o.postcode IS DISTINCT FROM n.postcode THEN jsonb_build_object('postcode', jsonb_build_array(o.postcode, n.postcode)) ELSE '{}' END ||
            CASE WHEN o.country IS DISTINCT FROM n.country THEN jsonb_build_object('country', jsonb_build_array(o.country, n.country)) ELSE '{}' END ||
            CASE WHEN o.payment_days IS DISTINCT FROM n.payment_days THEN jsonb_build_object('payment_days', jsonb_build_array(o.payment_days, n.payment_days)) ELSE '{}' END ||
            CASE WHEN o.lead_days IS DISTINCT FROM n.lead_days THEN jsonb_build_object('lead_days', jsonb_build_array(o.lead_days, n.lead_days)) ELSE '{}' END ||
            CASE WHEN o.terms IS DISTINCT FROM n.terms THEN jsonb_build_object('terms', jsonb_build_array(o.terms, n.terms)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'supplier', o.id, 'delete', o.version + 1, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON suppliers
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_suppliers();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON suppliers
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_suppliers();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON suppliers
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_suppliers();

GRANT SELECT ON suppliers TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON suppliers TO backroom_scoped, backroom_global;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'suppliers' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_suppliers_name', 'list_suppliers_contact_name', 'list_suppliers_city', 'list_suppliers_country', 'list_suppliers_search_name_contact_name_city'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_suppliers_name ON suppliers (lower(name), id);
CREATE INDEX IF NOT EXISTS list_suppliers_contact_name ON suppliers (lower(contact_name), id);
CREATE INDEX IF NOT EXISTS list_suppliers_city ON suppliers (lower(city), id);
CREATE INDEX IF NOT EXISTS list_suppliers_country ON suppliers (lower(country), id);

CREATE INDEX IF NOT EXISTS list_suppliers_search_name_contact_name_city ON suppliers USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(contact_name, '') || ' ' || coalesce(city, '')) gin_trgm_ops);
