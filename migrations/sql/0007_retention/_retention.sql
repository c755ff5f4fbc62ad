-- Retention: how far back cursors and history reach, and how the feed's oldest days go without holding anybody up.

-- Cursors taken before `cursors_since` have expired; history is whole since `whole_since`. NULL: nothing was cleaned yet.
ALTER TABLE backroom.generation ADD COLUMN cursors_since timestamptz, ADD COLUMN whole_since timestamptz;

-- The feed's days, oldest first, with what PostgreSQL believes of their size; `until` is NULL for the days that have none.
CREATE OR REPLACE FUNCTION backroom.feed_days()
RETURNS TABLE (name text, since timestamptz, until timestamptz, records bigint, bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.relname::text, (found.bounds)[1]::timestamptz, (found.bounds)[2]::timestamptz,
           greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid)
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (
        SELECT regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']+)''\) TO \(''([^'']+)''\)') AS bounds
    ) found
    WHERE i.inhparent = 'changes'::regclass
    ORDER BY 2 NULLS LAST
$$;

-- Cursors taken before this moment are good no more; never takes anything back.
CREATE OR REPLACE FUNCTION backroom.expire_cursors(before timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
    UPDATE backroom.generation SET cursors_since = least(before, now())
    WHERE cursors_since IS NULL OR cursors_since < least(before, now())
$$;

-- Drops the oldest day that ended by `before`, and says which; NULL when there is none left. One day a transaction, because
-- dropping shuts everybody out of the feed until it commits; and where somebody is in there, it gives up soon (55P03).
-- A day is dropped whole or not at all, and whoever still writes into one keeps it from going.
CREATE OR REPLACE FUNCTION backroom.drop_oldest_day(before timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '250ms' AS $$
DECLARE
    oldest record;
    gone bigint;
BEGIN
    -- Two who clean at once take turns.
    PERFORM pg_advisory_xact_lock(hashtext('backroom.drop_oldest_day'));
    SELECT * INTO oldest FROM backroom.feed_days() d WHERE d.until <= before ORDER BY d.until LIMIT 1;
    IF oldest.name IS NOT NULL THEN
        EXECUTE format('DROP TABLE %I', oldest.name);
        UPDATE backroom.generation SET whole_since = greatest(whole_since, oldest.until);
        RETURN oldest.name;
    END IF;
    -- Days that never got a partition lie in the one for everything else: they go row by row, some at a time.
    DELETE FROM changes_else
    WHERE ctid = ANY (ARRAY(SELECT e.ctid FROM changes_else e WHERE e.at < before LIMIT 10000));
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN
        UPDATE backroom.generation SET whole_since = greatest(whole_since, before);
        RETURN 'changes_else';
    END IF;
    RETURN NULL;
END $$;

-- As before; it gives up soon where somebody is in the feed, and is asked again by the worker.
ALTER FUNCTION backroom.make_partitions(integer) SET lock_timeout = '500ms';

REVOKE EXECUTE ON FUNCTION backroom.feed_days() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION backroom.expire_cursors(timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION backroom.drop_oldest_day(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION backroom.feed_days() TO backroom_global;
GRANT EXECUTE ON FUNCTION backroom.expire_cursors(timestamptz) TO backroom_global;
GRANT EXECUTE ON FUNCTION backroom.drop_oldest_day(timestamptz) TO backroom_global;
