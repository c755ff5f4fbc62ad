-- History: reading the feed by record, by entity and by operation, and what records were at a past moment.

CREATE INDEX changes_by_entity ON changes (entity, seq);
CREATE INDEX changes_by_operation ON changes (operation) WHERE operation IS NOT NULL;
-- Lines that were deleted are found by the document they belonged to.
CREATE INDEX changes_of_deleted ON changes USING gin (diff jsonb_path_ops) WHERE op = 'delete';

-- Where the actor sees records of each entity: {entity: [location, …]}, with '*' for everywhere and, wherever there is
-- any grant, the id that stands for everyone. Worked out once per query, where one question per row was too slow.
CREATE OR REPLACE FUNCTION backroom.places_seen() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH mine AS MATERIALIZED (
        SELECT DISTINCT p.entity, coalesce(g.location_id::text, '*') AS place
        FROM grants g
        JOIN users u ON u.id = g.user_id AND u.active
        JOIN permissions p ON p.role_id = g.role_id AND p.verb IN ('see', '*')
        WHERE g.user_id = backroom.actor()
    )
    SELECT coalesce(jsonb_object_agg(seen.entity, seen.places), '{}')
    FROM (SELECT e.entity, jsonb_agg(DISTINCT m.place) || '["00000000-0000-0000-0000-000000000000"]' AS places
          FROM backroom.entities e JOIN mine m ON m.entity IN (e.permission_entity, '*')
          GROUP BY e.entity) seen
$$;

CREATE OR REPLACE FUNCTION backroom.sees_change(asked text, before uuid[], after uuid[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(backroom.places_seen() -> asked ?| ((before || after)::text[] || '*'::text), false)
        OR coalesce(backroom.actor() = ANY (before || after), false)
$$;

DROP POLICY see_change ON changes;
CREATE POLICY see_change ON changes FOR SELECT TO backroom_scoped USING (
    coalesce((SELECT backroom.places_seen()) -> entity ?| ((audience_before || audience_after)::text[] || '*'::text), false)
    OR coalesce((SELECT backroom.actor()) = ANY (audience_before || audience_after), false)
);

-- Every record of an entity that something happened to since a moment, with what it was then: NULL when it didn't exist
-- or wasn't the actor's to see. What no role of people may read of the table isn't in it. It looks past the row rules,
-- because a record that is elsewhere today may have been the actor's then.
CREATE OR REPLACE FUNCTION backroom.past_states(asked text, moment timestamptz, wanted uuid[] DEFAULT NULL)
RETURNS TABLE (id uuid, state jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS $$
DECLARE
    place text;
    hidden text[];
    mine jsonb := backroom.places_seen() -> asked;
    everything boolean := current_setting('role') = 'backroom_global';
BEGIN
    SELECT e.table_name INTO place FROM backroom.entities e WHERE e.entity = asked;
    IF place IS NULL THEN
        RETURN;
    END IF;
    hidden := ARRAY(
        SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = place::regclass AND a.attnum > 0 AND NOT a.attisdropped
          AND NOT has_column_privilege('backroom_global', a.attrelid, a.attnum, 'SELECT')
    );
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
            SELECT s.record_id, jsonb_object_agg(d.key, d.value -> 0 ORDER BY s.seq DESC) AS held
            FROM since s
            LEFT JOIN gone g ON g.record_id = s.record_id
            CROSS JOIN jsonb_each(s.diff) d
            WHERE s.op = 'update' AND (g.seq IS NULL OR s.seq < g.seq)
            GROUP BY s.record_id
        )
        SELECT f.record_id,
               CASE WHEN f.op <> 'insert'
                     AND ($3 OR coalesce($4 ?| (f.audience_before::text[] || '*'::text), false)
                          OR coalesce($5 = ANY (f.audience_before), false))
               THEN coalesce(g.diff, to_jsonb(t) - $2) || coalesce(u.held, '{}')
                    || jsonb_build_object('version', f.version - 1, 'updated_at', NULL)
               END
        FROM first f
        LEFT JOIN gone g ON g.record_id = f.record_id
        LEFT JOIN undone u ON u.record_id = f.record_id
        LEFT JOIN %3$I t ON t.id = f.record_id
        $query$, asked, moment, place
    ) USING wanted, hidden, everything, mine, backroom.actor();
END $$;

-- Records of an entity that were somewhere else at a moment, and whether records of `child` there were the actor's then.
CREATE OR REPLACE FUNCTION backroom.moved_since(asked text, child text, moment timestamptz)
RETURNS TABLE (id uuid, mine boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        $query$
        WITH since AS MATERIALIZED (
            SELECT c.record_id, c.seq, c.audience_before, c.audience_after
            FROM changes c
            WHERE c.entity = %1$L AND c.at > %2$L::timestamptz AND c.op <> 'insert'
        )
        SELECT DISTINCT ON (s.record_id) s.record_id,
               $1 OR coalesce($2 ?| (s.audience_before::text[] || '*'::text), false)
               OR coalesce($3 = ANY (s.audience_before), false)
        FROM since s
        WHERE s.record_id IN (SELECT m.record_id FROM since m WHERE m.audience_before <> m.audience_after)
        ORDER BY s.record_id, s.seq
        $query$, asked, moment
    ) USING current_setting('role') = 'backroom_global', backroom.places_seen() -> child, backroom.actor();
END $$;

-- Which records of a part were deleted from a record: their history belongs to its own.
CREATE OR REPLACE FUNCTION backroom.deleted_parts(part text, link text, record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ARRAY(SELECT DISTINCT c.record_id FROM changes c
                 WHERE c.op = 'delete' AND c.entity = part AND c.diff @> jsonb_build_object(link, record))
$$;

-- They look past the row rules: people are told of what was theirs alone, and of what was deleted not even that.
REVOKE EXECUTE ON FUNCTION backroom.past_states(text, timestamptz, uuid[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION backroom.moved_since(text, text, timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION backroom.deleted_parts(text, text, uuid) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION backroom.places_seen() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION backroom.past_states(text, timestamptz, uuid[]) TO backroom_scoped, backroom_global;
GRANT EXECUTE ON FUNCTION backroom.moved_since(text, text, timestamptz) TO backroom_scoped, backroom_global;
GRANT EXECUTE ON FUNCTION backroom.deleted_parts(text, text, uuid) TO backroom_global;
GRANT EXECUTE ON FUNCTION backroom.places_seen() TO backroom_scoped, backroom_global;
