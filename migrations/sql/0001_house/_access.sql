-- The row rules' questions. They look things up as the owner, because the asking role may not read the tables of access.

CREATE OR REPLACE FUNCTION backroom.grants_for(asked text, wanted text) RETURNS TABLE (location_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.location_id
    FROM grants g
    JOIN users u ON u.id = g.user_id AND u.active
    WHERE g.user_id = backroom.actor()
      AND EXISTS (SELECT 1 FROM permissions p
                  WHERE p.role_id = g.role_id AND p.verb IN (wanted, '*') AND p.entity IN (asked, '*'))
$$;

CREATE OR REPLACE FUNCTION backroom.locations(asked text, wanted text) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH mine AS MATERIALIZED (SELECT location_id FROM backroom.grants_for(asked, wanted))
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM mine WHERE location_id IS NULL) THEN ARRAY(SELECT id FROM locations)
        ELSE ARRAY(SELECT DISTINCT location_id FROM mine)
    END
$$;

CREATE OR REPLACE FUNCTION backroom.everywhere(asked text, wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM backroom.grants_for(asked, wanted) WHERE location_id IS NULL)
$$;

CREATE OR REPLACE FUNCTION backroom.can(asked text, wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM backroom.grants_for(asked, wanted))
$$;

CREATE OR REPLACE FUNCTION backroom.my_staff() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ARRAY(SELECT id FROM staff WHERE user_id = backroom.actor())
$$;

-- A remark or a file is seen by whoever sees the record it hangs on: the record's own policy answers, as the asking role.
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

CREATE OR REPLACE FUNCTION backroom.audience_of(asked text, record uuid) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place text;
    found uuid[];
BEGIN
    SELECT e.table_name INTO place FROM backroom.entities e WHERE e.entity = asked;
    IF place IS NULL OR record IS NULL THEN
        RETURN '{}';
    END IF;
    EXECUTE format('SELECT backroom.%I($1)', 'audience_' || place) INTO found USING record;
    RETURN coalesce(found, '{}');
END $$;
-- They look past the row rules; the pump reads audiences as the system does.
REVOKE EXECUTE ON FUNCTION backroom.audience_of(text, uuid) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION backroom.grants_for(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION backroom.audience_of(text, uuid) TO backroom_global;

CREATE OR REPLACE FUNCTION backroom.sees_change(asked text, before uuid[], after uuid[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN '00000000-0000-0000-0000-000000000000' = ANY (before || after)
            THEN backroom.can(coalesce((SELECT e.permission_entity FROM backroom.entities e WHERE e.entity = asked), asked), 'see')
        ELSE backroom.actor() = ANY (before || after)
          OR (before || after) && backroom.locations(coalesce((SELECT e.permission_entity FROM backroom.entities e WHERE e.entity = asked), asked), 'see')
          OR backroom.everywhere(coalesce((SELECT e.permission_entity FROM backroom.entities e WHERE e.entity = asked), asked), 'see')
    END
$$;

-- The feed: everybody sees the changes that concerned them.
ALTER TABLE changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY see_change ON changes FOR SELECT TO backroom_scoped
    USING (backroom.sees_change(entity, audience_before, audience_after));
CREATE POLICY see_all ON changes FOR SELECT TO backroom_feed, backroom_global USING (true);
GRANT SELECT ON changes TO backroom_scoped, backroom_global, backroom_feed;
