-- Whoever sends a write asks here for its receipt first. Held until the transaction ends, the lock lets a second sender of
-- the same operation wait for the first; so the receipt is written once, with its answer, and is one change in the feed.
-- It looks past the row rules, for an id that somebody else has used is used; of their answer it says nothing.
-- Each statement in a function that may write sees what was committed before it: here, while the lock was waited for.
CREATE OR REPLACE FUNCTION backroom.receipt(asked uuid, payload text, OUT same boolean, OUT answer jsonb)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('operation ' || asked, 0));
    RETURN QUERY
        SELECT known.same, CASE WHEN known.same THEN known.answer END
        FROM (
            SELECT o.actor_id IS NOT DISTINCT FROM backroom.actor() AND o.payload_hash = payload AS same, o.answer
            FROM operations o WHERE o.id = asked
        ) known;
END $$;
REVOKE EXECUTE ON FUNCTION backroom.receipt(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION backroom.receipt(uuid, text) TO backroom_scoped, backroom_global;
