-- Whether others than these have rows on a day: as many look-ups in the key as agents have, some microseconds each.
CREATE FUNCTION fieldcast_has_others(day date, agents bigint[]) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  others boolean;
BEGIN
  IF (SELECT way FROM history_way) = 'timescale' THEN
    RETURN EXISTS (SELECT fieldcast_agents_of_day(day, 0, 2147483647) EXCEPT SELECT unnest(agents));
  END IF;
  EXECUTE format('WITH RECURSIVE present AS ((SELECT agent_id FROM %1$s ORDER BY agent_id LIMIT 1) UNION ALL '
                 'SELECT (SELECT agent_id FROM %1$s AS p WHERE p.agent_id > present.agent_id ORDER BY agent_id LIMIT 1) '
                 'FROM present WHERE agent_id IS NOT NULL) '
                 'SELECT EXISTS (SELECT agent_id FROM present WHERE agent_id IS NOT NULL EXCEPT SELECT unnest($1))',
                 fieldcast_day_table(day)) INTO others USING agents;
  RETURN others;
END
$$;

-- A day of which nobody keeps anything goes as a whole, whatever others keep of other days. `gone`: the agents whose time
-- is over. True: it is gone. False: somebody is in the way, to be asked again. NULL: rows of somebody else came.
CREATE FUNCTION fieldcast_drop_day_of(day date, gone bigint[]) RETURNS boolean
LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
BEGIN
  IF to_regclass(fieldcast_day_table(day)) IS NULL THEN RETURN true; END IF;
  IF fieldcast_has_others(day, gone) THEN RETURN NULL; END IF;
  EXECUTE format('LOCK TABLE %s IN SHARE MODE', fieldcast_day_table(day));
  IF fieldcast_has_others(day, gone) THEN RETURN NULL; END IF;
  RETURN fieldcast_drop_day(day, false);
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END
$$;
