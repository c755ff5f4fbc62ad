-- What may be read and written before anybody is signed in: the tables of signing in, and nothing else.
GRANT SELECT ON users, sessions, grants, roles, permissions, sign_ins, alembic_version TO backroom_gate;
GRANT INSERT ON sign_ins, sessions TO backroom_gate;
GRANT UPDATE (outcome, user_id) ON sign_ins TO backroom_gate;
GRANT UPDATE (password_hash, password_set_at, link_hash, link_expires_at) ON users TO backroom_gate;
GRANT UPDATE (last_seen_at, ended_at) ON sessions TO backroom_gate;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['users', 'sessions', 'grants', 'roles', 'permissions', 'sign_ins'] LOOP
        EXECUTE format('DROP POLICY IF EXISTS gate_row ON %I', name);
        EXECUTE format('CREATE POLICY gate_row ON %I TO backroom_gate USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;
