-- A day of which nobody keeps anything goes as a whole, whatever others keep of other days. `gone`: the agents whose time
-- is over. True: it is gone. False: somebody is in the way, to be asked again. NULL: rows of somebody else came.
CREATE FUNCTION fieldcast_drop_day_of(day date, gone bigint[]) RETURNS boolean
LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
BEGIN
  IF to_regclass(fieldcast_day_table(day)) IS NULL THEN RETURN true; END IF;
  EXECUTE format('LOCK TABLE %s IN SHARE MODE', fieldcast_day_table(day));
  IF EXISTS (SELECT fieldcast_agents_of_day(day, 0, 2147483647) EXCEPT SELECT unnest(gone)) THEN RETURN NULL; END IF;
  RETURN fieldcast_drop_day(day, false);
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END
$$;
