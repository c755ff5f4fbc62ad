-- Who is asking, and where they may do what. The settings are made by the application at the begin of each transaction.

CREATE OR REPLACE FUNCTION backroom.actor() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('backroom.actor', true), '')::uuid
$$;

-- UUID version 7 (RFC 9562): PostgreSQL has one of its own only from 18 on.
CREATE OR REPLACE FUNCTION backroom.uuid7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(
            set_bit(
                overlay(uuid_send(gen_random_uuid())
                        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                        FROM 1 FOR 6),
                52, 1),
            53, 1),
        'hex')::uuid
$$;

-- A document's number: at least five digits, and more when there are more documents.
CREATE OR REPLACE FUNCTION backroom.number(prefix text, sequence regclass) RETURNS text
LANGUAGE sql VOLATILE AS $$
    SELECT prefix || '-' || lpad(n, greatest(5, length(n)), '0') FROM (SELECT nextval(sequence)::text AS n) drawn
$$;

-- What the catalog of entities says to SQL: where its records are and whose permission counts.
CREATE TABLE backroom.entities (
    entity text PRIMARY KEY,
    table_name text NOT NULL,
    permission_entity text NOT NULL
);
GRANT SELECT ON backroom.entities TO backroom_scoped, backroom_global, backroom_feed;

-- Rises with every change of users, roles, permissions and grants: what was resolved before is stale.
CREATE TABLE backroom.access_epoch (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    epoch bigint NOT NULL
);
INSERT INTO backroom.access_epoch (epoch) VALUES (1);
GRANT SELECT ON backroom.access_epoch TO backroom_scoped, backroom_global, backroom_gate, backroom_feed;

CREATE OR REPLACE FUNCTION backroom.raise_access_epoch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE backroom.access_epoch SET epoch = epoch + 1;
    RETURN NULL;
END $$;
