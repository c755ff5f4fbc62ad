-- How many per cent off anybody may give who sells: the setting `discount_limit`, else 20. Who sells doesn't see settings.

CREATE OR REPLACE FUNCTION backroom.discount_limit() RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(
        (SELECT least(trim(value)::numeric, 100) FROM settings
            WHERE name = 'discount_limit' AND trim(value) ~ '^[0-9]{1,3}([.][0-9]{1,3})?$'),
        20)
$$;
REVOKE EXECUTE ON FUNCTION backroom.discount_limit() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION backroom.discount_limit() TO backroom_scoped, backroom_global;
