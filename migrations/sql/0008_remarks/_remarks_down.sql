-- What hangs on a record is asked about by its own place and permission again.

DROP POLICY see_change ON changes;
CREATE POLICY see_change ON changes FOR SELECT TO backroom_scoped USING (
    coalesce((SELECT backroom.places_seen()) -> entity ?| ((audience_before || audience_after)::text[] || '*'::text), false)
    OR coalesce((SELECT backroom.actor()) = ANY (audience_before || audience_after), false)
);

DROP FUNCTION backroom.sees_hanging(jsonb, text, uuid, jsonb, uuid[]);

CREATE OR REPLACE FUNCTION backroom.sees_record(asked text, record uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    place backroom.entities;
    found boolean;
BEGIN
    SELECT * INTO place FROM backroom.entities e WHERE e.entity = asked;
    IF place.entity IS NULL OR record IS NULL OR NOT backroom.can(place.permission_entity, 'see') THEN
        RETURN false;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE id = $1)', place.table_name) INTO found USING record;
    RETURN found;
END $$;

-- Every record of an entity that something happened to since a moment, with what it was then: NULL when it didn't exist
-- or wasn't the actor's to see. `named` are the columns to rebuild, all of them by default. What no role of people may
-- read of the table isn't in it. It looks past the row rules, because a record that is elsewhere today may have been the
-- actor's then.
CREATE OR REPLACE FUNCTION backroom.past_states(asked text, moment timestamptz, wanted uuid[] DEFAULT NULL, named text[] DEFAULT NULL)
RETURNS TABLE (id uuid, state jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS $$
DECLARE
    place text;
    open_columns text[];
    present text;
    mine jsonb := backroom.places_seen() -> asked;
    everything boolean := current_setting('role') = 'backroom_global';
BEGIN
    SELECT e.table_name INTO place FROM backroom.entities e WHERE e.entity = asked;
    IF place IS NULL THEN
        RETURN;
    END IF;
    open_columns := ARRAY(
        SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = place::regclass AND a.attnum > 0 AND NOT a.attisdropped
          AND has_column_privilege('backroom_global', a.attrelid, a.attnum, 'SELECT')
          AND (named IS NULL OR a.attname = ANY (named))
    );
    -- Pairs of name and value for jsonb_build_object, which takes 100 arguments at most.
    SELECT string_agg(format('jsonb_build_object(%s)', pairs), ' || ') INTO present
    FROM (SELECT string_agg(format('%L, t.%I', c.name, c.name), ', ') AS pairs
          FROM unnest(open_columns) WITH ORDINALITY c (name, n) GROUP BY (c.n - 1) / 40) chunks;
    -- The moment is literal for the planner's sake: it leaves out the days before. The first change since then knows whom
    -- the record concerned; of each column, the first change that names it knows what it held.
    RETURN QUERY EXECUTE format(
        $query$
        WITH since AS MATERIALIZED (
            SELECT c.record_id, c.seq, c.op, c.version, c.diff, c.audience_before
            FROM changes c
            WHERE c.entity = %1$L AND c.at > %2$L::timestamptz AND ($1 IS NULL OR c.record_id = ANY ($1))
        ), first AS MATERIALIZED (
            SELECT DISTINCT ON (s.record_id) s.record_id, s.op, s.version, s.audience_before
            FROM since s
            ORDER BY s.record_id, s.seq
        ), gone AS MATERIALIZED (
            SELECT DISTINCT ON (s.record_id) s.record_id, s.seq, s.diff
            FROM since s
            WHERE s.op = 'delete'
            ORDER BY s.record_id, s.seq
        ), undone AS MATERIALIZED (
            SELECT s.record_id, jsonb_object_agg(n.name, s.diff -> n.name -> 0 ORDER BY s.seq DESC) AS held
            FROM since s
            LEFT JOIN gone g ON g.record_id = s.record_id
            JOIN unnest($2) n (name) ON s.diff ? n.name
            WHERE s.op = 'update' AND (g.seq IS NULL OR s.seq < g.seq)
            GROUP BY s.record_id
        )
        SELECT f.record_id,
               CASE WHEN f.op <> 'insert' AND (g.record_id IS NOT NULL OR t.id IS NOT NULL)
                     AND ($3 OR coalesce($4 ?| (f.audience_before::text[] || '*'::text), false)
                          OR coalesce($5 = ANY (f.audience_before), false))
               THEN coalesce(g.diff, %4$s) || coalesce(u.held, '{}')
                    || jsonb_build_object('version', f.version - 1, 'updated_at', NULL)
               END
        FROM first f
        LEFT JOIN gone g ON g.record_id = f.record_id
        LEFT JOIN undone u ON u.record_id = f.record_id
        LEFT JOIN %3$I t ON t.id = f.record_id
        $query$, asked, moment, place, coalesce(present, '''{}''::jsonb')
    ) USING wanted, open_columns, everything, mine, backroom.actor();
END $$;

DROP FUNCTION backroom.hanging();
