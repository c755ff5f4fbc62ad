-- Nothing is cleaned any more, and nobody knows how far back the feed reaches.

ALTER FUNCTION backroom.make_partitions(integer) RESET lock_timeout;
DROP FUNCTION backroom.drop_oldest_day(timestamptz);
DROP FUNCTION backroom.expire_cursors(timestamptz);
DROP FUNCTION backroom.feed_days();
ALTER TABLE backroom.generation DROP COLUMN cursors_since, DROP COLUMN whole_since;
