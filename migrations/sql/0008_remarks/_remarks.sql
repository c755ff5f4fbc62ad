-- Remarks, files and questions hang on a record and are seen by whoever sees it. Their page always asked the record's own
-- rule; the feed and the past asked whether remarks are seen at the record's place, which is not the same.

-- The entities whose rows hang on records of any entity.
CREATE FUNCTION backroom.hanging() RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY['approval', 'attachment', 'comment']
$$;

-- Is a change of what hangs on a record the actor's to see, whose `places` are worked out once per query? A change that
-- doesn't say of which entity the record is asks the row, as the asking role, which gets no answer about what it doesn't
-- see today.
CREATE FUNCTION backroom.sees_hanging(places jsonb, asked text, record uuid, diff jsonb, audience uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    kind text := CASE jsonb_typeof(diff -> 'entity')
        WHEN 'string' THEN diff ->> 'entity' WHEN 'array' THEN diff -> 'entity' ->> -1 END;
BEGIN
    IF kind IS NULL THEN
        EXECUTE format('SELECT t.entity FROM %I t WHERE t.id = $1',
            (SELECT e.table_name FROM backroom.entities e WHERE e.entity = asked)) INTO kind USING record;
    END IF;
    RETURN coalesce(places -> kind ?| (audience::text[] || '*'::text), false)
        OR (kind IS NOT NULL AND coalesce(backroom.actor() = ANY (audience), false));
END $$;

DROP POLICY see_change ON changes;
CREATE POLICY see_change ON changes FOR SELECT TO backroom_scoped USING (
    CASE WHEN entity = ANY (backroom.hanging())
    THEN backroom.sees_hanging((SELECT backroom.places_seen()), entity, record_id, diff, audience_before || audience_after)
    ELSE coalesce((SELECT backroom.places_seen()) -> entity ?| ((audience_before || audience_after)::text[] || '*'::text), false)
        OR coalesce((SELECT backroom.actor()) = ANY (audience_before || audience_after), false)
    END
);

-- A remark or a file is seen by whoever sees the record it hangs on: the record's own policy answers, as the asking role.
-- A row rule asks for the permission itself, and knows what is a person's own without one; where there is none, it is
-- asked for here.
CREATE OR REPLACE FUNCTION backroom.sees_record(asked text, record uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    place backroom.entities;
    found boolean;
BEGIN
    SELECT * INTO place FROM backroom.entities e WHERE e.entity = asked;
    IF place.entity IS NULL OR record IS NULL
       OR NOT (row_security_active(place.table_name::regclass) OR backroom.can(place.permission_entity, 'see')) THEN
        RETURN false;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE id = $1)', place.table_name) INTO found USING record;
    RETURN found;
END $$;

-- Every record of an entity that something happened to since a moment, with what it was then: NULL when it didn't exist
-- or wasn't the actor's to see; for what hangs on a record, the places count where that record's entity is seen. `named`
-- are the columns to rebuild, all of them by default. What no role of people may read of the table isn't in it. It looks
-- past the row rules, because a record that is elsewhere today may have been the actor's then.
CREATE OR REPLACE FUNCTION backroom.past_states(asked text, moment timestamptz, wanted uuid[] DEFAULT NULL, named text[] DEFAULT NULL)
RETURNS TABLE (id uuid, state jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS $$
DECLARE
    place text;
    open_columns text[];
    present text;
    mine jsonb := backroom.places_seen();
    kind text := quote_literal(asked);
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
    IF asked = ANY (backroom.hanging()) THEN
        kind := 'coalesce(u.held ->> ''entity'', g.diff ->> ''entity'', t.entity)';
    END IF;
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
                     AND ($3 OR coalesce($4 -> %5$s ?| (f.audience_before::text[] || '*'::text), false)
                          OR coalesce($5 = ANY (f.audience_before), false))
               THEN coalesce(g.diff, %4$s) || coalesce(u.held, '{}')
                    || jsonb_build_object('version', f.version - 1, 'updated_at', NULL)
               END
        FROM first f
        LEFT JOIN gone g ON g.record_id = f.record_id
        LEFT JOIN undone u ON u.record_id = f.record_id
        LEFT JOIN %3$I t ON t.id = f.record_id
        $query$, asked, moment, place, coalesce(present, '''{}''::jsonb'), kind
    ) USING wanted, open_columns, everything, mine, backroom.actor();
END $$;
