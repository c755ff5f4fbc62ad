-- sign_ins: An attempt to sign in, or something else that happened to a login.

-- Scope: hq. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('sign_in', 'sign_ins', 'sign_in')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_sign_ins(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{}'::uuid[] FROM sign_ins t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_sign_ins(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON sign_ins
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_sign_ins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sign_in', n.id, 'insert', n.version, '{}', '{}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sign_in', n.id, 'update', n.version, '{}'::uuid[], '{}'::uuid[],
            CASE WHEN o.email IS DISTINCT FROM n.email THEN jsonb_build_object('email', jsonb_build_array(o.email, n.email)) ELSE '{}' END ||
            CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END ||
            CASE WHEN o.outcome IS DISTINCT FROM n.outcome THEN jsonb_build_object('outcome', jsonb_build_array(o.outcome, n.outcome)) ELSE '{}' END ||
            CASE WHEN o.address IS DISTINCT FROM n.address THEN jsonb_build_object('address', jsonb_build_array(o.address, n.address)) ELSE '{}' END ||
            CASE WHEN o.agent IS DISTINCT FROM n.agent THEN jsonb_build_object('agent', jsonb_build_array(o.agent, n.agent)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sign_in', o.id, 'delete', o.version + 1, '{}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON sign_ins
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sign_ins();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON sign_ins
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sign_ins();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON sign_ins
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sign_ins();

GRANT SELECT ON sign_ins TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON sign_ins TO backroom_scoped, backroom_global;

ALTER TABLE sign_ins ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON sign_ins;
CREATE POLICY see_row ON sign_ins FOR SELECT TO backroom_scoped
    USING ((SELECT backroom.everywhere('sign_in', 'see')));
DROP POLICY IF EXISTS create_row ON sign_ins;
CREATE POLICY create_row ON sign_ins FOR INSERT TO backroom_scoped
    WITH CHECK ((SELECT backroom.everywhere('sign_in', 'create')));
DROP POLICY IF EXISTS change_row ON sign_ins;
CREATE POLICY change_row ON sign_ins FOR UPDATE TO backroom_scoped
    USING ((SELECT backroom.everywhere('sign_in', 'change'))) WITH CHECK ((SELECT backroom.everywhere('sign_in', 'change')));
DROP POLICY IF EXISTS delete_row ON sign_ins;
CREATE POLICY delete_row ON sign_ins FOR DELETE TO backroom_scoped
    USING ((SELECT backroom.everywhere('sign_in', 'delete')));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON sign_ins;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON sign_ins TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'sign_ins' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_sign_ins_created_at', 'list_sign_ins_email', 'list_sign_ins_address', 'list_sign_ins_agent', 'list_sign_ins_search_email_address'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_sign_ins_created_at ON sign_ins (created_at, id);
CREATE INDEX IF NOT EXISTS list_sign_ins_email ON sign_ins (lower(email), id);
CREATE INDEX IF NOT EXISTS list_sign_ins_address ON sign_ins (lower(address), id);
CREATE INDEX IF NOT EXISTS list_sign_ins_agent ON sign_ins (lower(agent), id);
DROP VIEW IF EXISTS backroom.seen_sign_ins;
CREATE VIEW backroom.seen_sign_ins AS
    SELECT t.id, t.email, t.user_id, t.outcome, t.address, t.agent, t.version, t.created_at, t.updated_at
    FROM sign_ins t
    WHERE (SELECT backroom.everywhere('sign_in', 'see'));
GRANT SELECT ON backroom.seen_sign_ins TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_sign_ins_search_email_address ON sign_ins USING gin ((' ' || coalesce(email, '') || ' ' || coalesce(address, '')) gin_trgm_ops);
