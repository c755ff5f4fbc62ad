-- The change feed, the history and the audit in one table, by day. Written by the triggers of every entity alone.

CREATE TABLE changes (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    seq bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_id uuid DEFAULT backroom.actor(),
    source text NOT NULL DEFAULT coalesce(nullif(current_setting('backroom.source', true), ''), 'sql'),
    operation text DEFAULT nullif(current_setting('backroom.operation', true), ''),
    entity text NOT NULL,
    record_id uuid NOT NULL,
    op text NOT NULL CHECK (op IN ('insert', 'update', 'delete')),
    version integer NOT NULL,
    audience_before uuid[] NOT NULL DEFAULT '{}',
    audience_after uuid[] NOT NULL DEFAULT '{}',
    -- insert: the row; delete: the row as it was; update: {column: [old, new]}
    diff jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (at);

CREATE INDEX changes_by_transaction ON changes (xid, seq);
CREATE INDEX changes_by_record ON changes (entity, record_id, seq);
CREATE TABLE changes_else PARTITION OF changes DEFAULT;

-- A cursor is only good for the database that gave it: a restore makes transaction ids meaningless.
CREATE TABLE backroom.generation (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    since timestamptz NOT NULL DEFAULT now()
);
INSERT INTO backroom.generation DEFAULT VALUES;
GRANT SELECT ON backroom.generation TO backroom_scoped, backroom_global, backroom_feed;

-- Partitions from yesterday to `ahead` days from now; a day that the default partition already holds rows of stays there.
CREATE OR REPLACE FUNCTION backroom.make_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    day date;
    name text;
    made integer := 0;
BEGIN
    FOR day IN SELECT generate_series(current_date - 1, current_date + ahead, interval '1 day')::date LOOP
        name := 'changes_' || to_char(day, 'YYYYMMDD');
        IF to_regclass(name) IS NULL AND NOT EXISTS (SELECT 1 FROM changes_else WHERE at >= day AND at < day + 1) THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF changes FOR VALUES FROM (%L) TO (%L)', name, day::timestamptz, (day + 1)::timestamptz);
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION backroom.make_partitions(integer) FROM PUBLIC;
SELECT backroom.make_partitions(14);
