-- What is known of days beyond their rows. A day without a line was never closed.
CREATE TABLE history_days (
  day          date PRIMARY KEY,
  closed_at    timestamptz,
  closed_bytes bigint,
  closed_rows  bigint,
  removed_rows bigint NOT NULL DEFAULT 0,  -- since it was closed
  cut          boolean NOT NULL DEFAULT false,  -- rows past their time were removed
  held_until   date
);

-- What is kept of a team; of the organisation's others where the team is empty. Absent: as the wider rule says.
CREATE TABLE team_rules (
  org             text COLLATE "C" NOT NULL,
  team            text COLLATE "C" NOT NULL,
  positions_days  bigint,
  last_known_days bigint,
  quarantine_days bigint,
  summaries_days  bigint,
  thinned         boolean NOT NULL,
  distance_m      real,
  heading_deg     real,
  after_s         bigint,
  PRIMARY KEY (org, team)
);

CREATE TABLE archived_days (
  day         date PRIMARY KEY,
  rows        bigint NOT NULL,
  sha256      text NOT NULL,
  place       text NOT NULL,
  archived_at timestamptz NOT NULL
);
CREATE TABLE archived_agents (
  agent_id bigint NOT NULL,
  day      date NOT NULL,
  PRIMARY KEY (agent_id, day)
);
CREATE INDEX archived_agents_by_day ON archived_agents (day);

-- Numbers whose agents are forgotten: an instance may still write under them for a while.
CREATE TABLE erased_agents (
  agent_id  bigint PRIMARY KEY,
  erased_at timestamptz NOT NULL
);

-- How a day is kept is known to the functions below only, and to those of the first migration.
--
-- Whoever waits for an exclusive lock has everybody else wait behind him: each function waits for 50 ms, then says
-- false, and is called again after a pause. The parent is always locked before the day, as writers and readers do.

CREATE FUNCTION fieldcast_day_table(day date) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT 'positions_' || to_char(day, 'YYYYMMDD')
$$;

-- Rows are counted while they are few, for then an error would show.
CREATE FUNCTION fieldcast_kept_day(day date, OUT rows bigint, OUT bytes bigint, OUT closed boolean, OUT cut boolean,
                                   OUT held_until date) LANGUAGE plpgsql AS $$
DECLARE
  kept regclass := to_regclass(fieldcast_day_table(day));
  note history_days;
  heap bigint;
BEGIN
  IF kept IS NULL THEN RETURN; END IF;
  EXECUTE format('SELECT CASE WHEN EXISTS (SELECT FROM %s) THEN 1 ELSE 0 END', kept) INTO rows;
  SELECT * INTO note FROM history_days WHERE history_days.day = fieldcast_kept_day.day;
  heap := pg_relation_size(kept);
  bytes := pg_total_relation_size(kept);
  IF rows > 0 AND heap <= 4194304 THEN
    EXECUTE format('SELECT count(*) FROM %s', kept) INTO rows;
  ELSIF rows > 0 THEN
    SELECT greatest(1, round(CASE WHEN reltuples > 0 AND relpages > 0 THEN heap / 8192.0 * reltuples / relpages
                                  ELSE heap / 110.0 END))
    INTO rows FROM pg_class WHERE oid = kept;
  END IF;
  held_until := note.held_until;
  cut := coalesce(note.cut, false);
  -- Late fixes lie at the end; what was removed left holes.
  closed := coalesce(heap <= note.closed_bytes * 1.2 AND note.removed_rows * 3 <= note.closed_rows, false);
END
$$;

-- The next agents with rows on a day: as many look-ups in the key, however many rows there are.
CREATE FUNCTION fieldcast_agents_of_day(day date, after bigint, at_most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  kept regclass := to_regclass(fieldcast_day_table(day));
  next bigint := after;
BEGIN
  IF kept IS NULL THEN RETURN; END IF;
  FOR nth IN 1..at_most LOOP
    EXECUTE format('SELECT agent_id FROM %s WHERE agent_id > $1 ORDER BY agent_id LIMIT 1', kept) INTO next USING next;
    EXIT WHEN next IS NULL;
    RETURN NEXT next;
  END LOOP;
END
$$;

-- To close a day is to write it anew beside itself, in order, and to put the copy in its place:
--   begin ─ copy, slice by slice ─ apply what changed meanwhile, until it is little ─ swap
-- A change of the day meanwhile leaves its key in a log; whatever was copied of that row, applying makes the copy
-- say of it what the day says.
CREATE FUNCTION fieldcast_note_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    EXECUTE format('INSERT INTO %I VALUES ($1, $2)', TG_TABLE_NAME || '_late') USING OLD.agent_id, OLD.recorded_at;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    EXECUTE format('INSERT INTO %I VALUES ($1, $2)', TG_TABLE_NAME || '_late') USING NEW.agent_id, NEW.recorded_at;
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION fieldcast_close_wanted(day date) RETURNS boolean LANGUAGE sql AS $$
  SELECT day < (now() AT TIME ZONE 'UTC')::date AND coalesce(rows > 0 AND NOT closed, false)
  FROM fieldcast_kept_day(day)
$$;

-- The log of a try that was cut off still runs, and goes on being right.
CREATE FUNCTION fieldcast_close_begin(day date) RETURNS boolean LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
  kept text := fieldcast_day_table(day);
BEGIN
  EXECUTE format('DROP TABLE IF EXISTS %I', kept || '_next');
  EXECUTE format('CREATE TABLE %I (LIKE positions) WITH (autovacuum_enabled = false)', kept || '_next');
  EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (agent_id, recorded_at), '
                 'ADD CONSTRAINT fieldcast_day CHECK (recorded_at >= %L AND recorded_at < %L)', kept || '_next',
                 day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
  IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass(kept) AND tgname = 'fieldcast_late') THEN
    RETURN true;
  END IF;
  EXECUTE format('DROP TABLE IF EXISTS %I', kept || '_late');
  EXECUTE format('CREATE TABLE %I (agent_id bigint NOT NULL, recorded_at timestamptz NOT NULL)', kept || '_late');
  EXECUTE format('CREATE TRIGGER fieldcast_late AFTER INSERT OR UPDATE OR DELETE ON %I '
                 'FOR EACH ROW EXECUTE FUNCTION fieldcast_note_late()', kept);
  RETURN true;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END
$$;

-- The next agents' rows; the last of them, NULL when there were none.
CREATE FUNCTION fieldcast_close_copy(day date, after bigint, agents integer, OUT last_agent bigint, OUT copied bigint)
LANGUAGE plpgsql AS $$
BEGIN
  copied := 0;
  SELECT max(agent) INTO last_agent FROM fieldcast_agents_of_day(day, after, agents) AS agent;
  IF last_agent IS NULL THEN RETURN; END IF;
  EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE agent_id > $1 AND agent_id <= $2 ORDER BY agent_id, recorded_at',
                 fieldcast_day_table(day) || '_next', fieldcast_day_table(day)) USING after, last_agent;
  GET DIAGNOSTICS copied = ROW_COUNT;
END
$$;

-- How many lines of the log were applied.
CREATE FUNCTION fieldcast_close_apply(day date, at_most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  kept text := fieldcast_day_table(day);
  agents bigint[];
  times timestamptz[];
BEGIN
  EXECUTE format('WITH taken AS (DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I LIMIT $1)) '
                 'RETURNING agent_id, recorded_at) SELECT array_agg(agent_id), array_agg(recorded_at) FROM taken',
                 kept || '_late') INTO agents, times USING at_most;
  IF agents IS NULL THEN RETURN 0; END IF;
  EXECUTE format('DELETE FROM %I AS n USING unnest($1, $2) AS late(agent_id, recorded_at) '
                 'WHERE n.agent_id = late.agent_id AND n.recorded_at = late.recorded_at', kept || '_next')
  USING agents, times;
  EXECUTE format('INSERT INTO %I SELECT k.* FROM %I AS k JOIN (SELECT DISTINCT * FROM unnest($1, $2) '
                 'AS late(agent_id, recorded_at)) AS late USING (agent_id, recorded_at)', kept || '_next', kept)
  USING agents, times;
  RETURN cardinality(agents);
END
$$;

CREATE FUNCTION fieldcast_close_swap(day date) RETURNS boolean LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
  kept text := fieldcast_day_table(day);
  next regclass := fieldcast_day_table(day) || '_next';
  late_max CONSTANT integer := 500;
  named name;
BEGIN
  LOCK TABLE ONLY positions IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', kept);
  IF fieldcast_close_apply(day, late_max) = late_max THEN RETURN false; END IF;
  EXECUTE format('DROP TABLE %I', kept);
  EXECUTE format('DROP TABLE %I', kept || '_late');
  EXECUTE format('ALTER TABLE positions ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', next,
                 day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
  EXECUTE format('ALTER TABLE %s DROP CONSTRAINT fieldcast_day, RESET (autovacuum_enabled)', next);
  EXECUTE format('ALTER TABLE %s RENAME TO %I', next, kept);
  FOR named IN SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid
               WHERE indrelid = next AND starts_with(relname, kept || '_next') LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', named, kept || substr(named, length(kept || '_next') + 1));
  END LOOP;
  INSERT INTO history_days AS h (day, closed_at, closed_bytes, closed_rows)
  SELECT fieldcast_close_swap.day, now(), pg_relation_size(next), reltuples FROM pg_class WHERE oid = next
  ON CONFLICT ON CONSTRAINT history_days_pkey
  DO UPDATE SET closed_at = excluded.closed_at, closed_bytes = excluded.closed_bytes,
                closed_rows = excluded.closed_rows, removed_rows = 0;
  RETURN true;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END
$$;

-- What a try left: nothing of it may cost writers anything.
CREATE FUNCTION fieldcast_close_abandon(day date) RETURNS boolean LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
  kept text := fieldcast_day_table(day);
BEGIN
  IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass(kept) AND tgname = 'fieldcast_late') THEN
    EXECUTE format('DROP TRIGGER fieldcast_late ON %I', kept);
  END IF;
  EXECUTE format('DROP TABLE IF EXISTS %I, %I', kept || '_late', kept || '_next');
  RETURN true;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END
$$;

-- Days on which a try was cut off.
CREATE FUNCTION fieldcast_half_closed() RETURNS SETOF date LANGUAGE sql STABLE AS $$
  SELECT DISTINCT to_date(substr(relname, 11, 8), 'YYYYMMDD') FROM pg_class
  WHERE relname ~ '^positions_[0-9]{8}_(next|late)$' AND relkind = 'r' AND pg_table_is_visible(oid)
$$;

-- Whether it is empty is asked again while nobody can add to it. A day that is held is about to be filled.
CREATE FUNCTION fieldcast_drop_day(day date, only_empty boolean) RETURNS boolean
LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
  kept text := fieldcast_day_table(day);
  any_row boolean;
BEGIN
  IF to_regclass(kept) IS NULL THEN RETURN true; END IF;
  IF only_empty THEN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', kept) INTO any_row;
    IF any_row OR EXISTS (SELECT FROM history_days AS h WHERE h.day = fieldcast_drop_day.day AND h.held_until >= now())
    THEN RETURN true; END IF;
    EXECUTE format('LOCK TABLE %I IN SHARE MODE', kept);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', kept) INTO any_row;
    IF any_row THEN RETURN true; END IF;
  END IF;
  LOCK TABLE ONLY positions IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('DROP TABLE IF EXISTS %I, %I, %I', kept, kept || '_late', kept || '_next');
  DELETE FROM history_days AS h WHERE h.day = fieldcast_drop_day.day;
  RETURN true;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END
$$;
