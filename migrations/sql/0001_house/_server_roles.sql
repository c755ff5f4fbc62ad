-- The roles a transaction can take. They belong to the server, not to one database, so another installation may
-- have made them already.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['backroom_scoped', 'backroom_global', 'backroom_gate', 'backroom_posting', 'backroom_feed'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another migration was faster
            END;
        END IF;
    END LOOP;
    -- People of all locations skip the policies where the server lets us say so; without it their plans are slower.
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        BEGIN
            ALTER ROLE backroom_global BYPASSRLS;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE NOTICE 'backroom_global may not bypass row level security here: it gets policies that let everything through';
        END;
    END IF;
END $$;

CREATE SCHEMA IF NOT EXISTS backroom;
REVOKE ALL ON SCHEMA backroom FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public, backroom TO backroom_scoped, backroom_global, backroom_gate, backroom_posting, backroom_feed;

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
