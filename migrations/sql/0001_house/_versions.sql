-- Every row carries a version: each real change raises it by one, whoever makes it.
-- Arguments: the names of generated columns, which are not computed yet here and alone don't make a change.

CREATE OR REPLACE FUNCTION backroom.raise_version() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    changed boolean;
BEGIN
    IF NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'the id of a record never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.version := OLD.version;
    NEW.updated_at := OLD.updated_at;
    IF TG_NARGS = 0 THEN
        changed := NEW IS DISTINCT FROM OLD;
    ELSE
        changed := (to_jsonb(NEW) - TG_ARGV) IS DISTINCT FROM (to_jsonb(OLD) - TG_ARGV);
    END IF;
    IF changed THEN
        NEW.version := OLD.version + 1;
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION backroom.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is a ledger: a mistake is reversed by a new row', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
