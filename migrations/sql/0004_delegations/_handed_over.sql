-- Deciding for somebody who is away: while a delegation runs, what the one who is away may decide is looked up for both.

ALTER TABLE backroom.entities ADD COLUMN IF NOT EXISTS decided boolean NOT NULL DEFAULT false;

-- What others hold and have handed over to a person, at this moment. The days are those of the place where it is held.
-- What was handed over to them is not among it: it can't be handed on.
CREATE OR REPLACE FUNCTION backroom.handed_over(person uuid) RETURNS TABLE (by_id uuid, role_id uuid, location_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT d.user_id, g.role_id, g.location_id
    FROM delegations d
    JOIN users u ON u.id = d.user_id AND u.active
    JOIN grants g ON g.user_id = d.user_id
    LEFT JOIN locations l ON l.id = g.location_id
    WHERE d.to_user_id = person
      AND (now() AT TIME ZONE coalesce(l.time_zone, 'UTC'))::date BETWEEN d.starts_on AND d.ends_on
$$;

-- Who decides for whom at which location at this moment.
CREATE OR REPLACE FUNCTION backroom.standing_in() RETURNS TABLE (person_id uuid, by_id uuid, location_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT d.to_user_id, h.by_id, h.location_id
    FROM (SELECT DISTINCT to_user_id FROM delegations) d, backroom.handed_over(d.to_user_id) h
$$;

CREATE OR REPLACE FUNCTION backroom.grants_for(asked text, wanted text) RETURNS TABLE (location_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.location_id
    FROM grants g
    JOIN users u ON u.id = g.user_id AND u.active
    WHERE g.user_id = backroom.actor()
      AND EXISTS (SELECT 1 FROM permissions p
                  WHERE p.role_id = g.role_id AND p.verb IN (wanted, '*') AND p.entity IN (asked, '*'))
    UNION ALL
    -- Seeing and deciding alone, and only what the one who handed it over decides about.
    SELECT h.location_id
    FROM backroom.handed_over(backroom.actor()) h
    WHERE wanted IN ('see', 'approve', 'reject')
      AND EXISTS (SELECT 1 FROM backroom.entities e WHERE e.entity = asked AND e.decided)
      AND EXISTS (SELECT 1 FROM users u WHERE u.id = backroom.actor() AND u.active)
      AND EXISTS (SELECT 1 FROM permissions p
                  WHERE p.role_id = h.role_id AND p.verb IN (wanted, '*') AND p.entity IN (asked, '*'))
      AND EXISTS (SELECT 1 FROM permissions p
                  WHERE p.role_id = h.role_id AND p.verb IN ('approve', 'reject', '*') AND p.entity IN (asked, '*'))
$$;

-- Whose wish a wish for a member of staff is: nobody decides about their own, whether or not they may see its person.
CREATE OR REPLACE FUNCTION backroom.user_of_staff(asked uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT user_id FROM staff WHERE id = asked
$$;

-- They look past the row rules: who is away and who holds what is nobody's to ask, but for who looks up who is asking.
REVOKE EXECUTE ON FUNCTION backroom.handed_over(uuid), backroom.standing_in(), backroom.user_of_staff(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION backroom.handed_over(uuid), backroom.standing_in() TO backroom_gate, backroom_global;
GRANT EXECUTE ON FUNCTION backroom.user_of_staff(uuid) TO backroom_posting;
