-- TimescaleDB: how history is kept where the database has it. Which way it is, is settled here, once and for good: a
-- database whose history has begun stays as it is. What fails on the way to TimescaleDB leads to the native way, and
-- the reason is kept. ALTER DATABASE … SET fieldcast.timescale = 'off', before the first migration, refuses it.
--
-- The functions named timescale_… take the places of their namesakes, or go again at the end.

CREATE TABLE history_way (
  id        smallint PRIMARY KEY CHECK (id = 1),
  way       text NOT NULL CHECK (way IN ('days', 'timescale')),
  why       text NOT NULL,
  chosen_at timestamptz NOT NULL DEFAULT now()
);

-- `missing`: what keeps the database from working the way it was begun; NULL when nothing does.
CREATE FUNCTION fieldcast_history_way(OUT way text, OUT why text, OUT missing text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  SELECT h.way, h.why INTO way, why FROM history_way h;
  IF way = 'timescale' AND
     NOT EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.disable_load' AND setting = 'off') THEN
    missing := 'the history of this database is kept by TimescaleDB, which the server has not loaded: put timescaledb '
               'into shared_preload_libraries, and start PostgreSQL again';
  END IF;
END
$$;

-- Rows of a day under some numbers: how many went. With `at_most` it is called until fewer go.
CREATE FUNCTION fieldcast_remove_of_day(day date, agents bigint[], at_most integer = NULL) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  begins timestamptz := day::timestamp AT TIME ZONE 'UTC';
  ends timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
  removed bigint;
BEGIN
  IF at_most IS NULL THEN
    DELETE FROM positions WHERE agent_id = ANY (agents) AND recorded_at >= begins AND recorded_at < ends;
  ELSE
    DELETE FROM positions p USING (
      SELECT agent_id, recorded_at FROM positions
      WHERE agent_id = ANY (agents) AND recorded_at >= begins AND recorded_at < ends LIMIT at_most) AS gone
    WHERE p.agent_id = gone.agent_id AND p.recorded_at = gone.recorded_at
      AND p.recorded_at >= begins AND p.recorded_at < ends;
  END IF;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END
$$;

-- What is compressed goes by whole packs where the statement says no more than whose and when, returns no rows, and is
-- no part of another. By a bitmap of the index 2.22 does not find the rows that the statement itself has unpacked.
CREATE FUNCTION timescale_remove_of_day(day date, agents bigint[], at_most integer = NULL) RETURNS bigint
LANGUAGE plpgsql SET enable_bitmapscan = off AS $$
DECLARE
  removed bigint;
BEGIN
  EXECUTE format('DELETE FROM positions WHERE agent_id = ANY (%L) AND recorded_at >= %L AND recorded_at < %L', agents,
                 day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END
$$;

-- A chunk for each day. `packed`: the table of what is compressed of it, one row for up to a thousand of an agent's.
CREATE FUNCTION timescale_chunks(only_day date = NULL)
RETURNS TABLE (day date, chunk regclass, packed regclass, partial boolean) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT (to_timestamp(s.range_start / 1000000) AT TIME ZONE 'UTC')::date,
         format('%I.%I', c.schema_name, c.table_name)::regclass,
         CASE WHEN p.id IS NOT NULL THEN format('%I.%I', p.schema_name, p.table_name)::regclass END,
         c.status & 8 <> 0
  FROM _timescaledb_catalog.hypertable h
  JOIN _timescaledb_catalog.dimension d ON d.hypertable_id = h.id
  JOIN _timescaledb_catalog.dimension_slice s ON s.dimension_id = d.id
  JOIN _timescaledb_catalog.chunk_constraint k ON k.dimension_slice_id = s.id
  JOIN _timescaledb_catalog.chunk c ON c.id = k.chunk_id AND NOT c.dropped
  LEFT JOIN _timescaledb_catalog.chunk p ON p.id = c.compressed_chunk_id
  -- By name: hypertables of others may lie where this role may not look.
  WHERE (h.schema_name, h.table_name) = (SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
                                         WHERE pg_class.oid = 'positions'::regclass)
    AND (only_day IS NULL OR s.range_start = (only_day - date '1970-01-01') * 86400000000);
END
$$;

CREATE FUNCTION timescale_days() RETURNS SETOF date LANGUAGE plpgsql STABLE AS $$ BEGIN
  RETURN QUERY SELECT c.day FROM timescale_chunks() c;
END $$;

CREATE FUNCTION timescale_ensure_day(day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  begins bigint := (day - date '1970-01-01') * 86400000000;
BEGIN
  IF EXISTS (SELECT FROM timescale_chunks(day)) THEN RETURN false; END IF;
  RETURN created FROM _timescaledb_functions.create_chunk(
    'positions', jsonb_build_object('recorded_at', jsonb_build_array(begins, begins + 86400000000)));
END
$$;

CREATE FUNCTION timescale_day_table(day date) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN
  RETURN chunk FROM timescale_chunks(day);
END $$;

-- Rows that are not compressed: counted while they are few.
CREATE FUNCTION timescale_loose_rows(chunk regclass) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  heap bigint := pg_relation_size(chunk);
  loose bigint := 0;
BEGIN
  IF heap <= 4194304 THEN
    EXECUTE format('SELECT count(*) FROM ONLY %s', chunk) INTO loose;
    RETURN loose;
  END IF;
  EXECUTE format('SELECT CASE WHEN EXISTS (SELECT FROM ONLY %s) THEN 1 ELSE 0 END', chunk) INTO loose;
  RETURN loose * greatest(1, round(CASE WHEN reltuples > 0 AND relpages > 0 THEN heap / 8192.0 * reltuples / relpages
                                        ELSE heap / 110.0 END)) FROM pg_class WHERE oid = chunk;
END
$$;

CREATE FUNCTION timescale_packed_rows(packed regclass) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  rows bigint := 0;
BEGIN
  IF packed IS NOT NULL THEN EXECUTE format('SELECT coalesce(sum(_ts_meta_count), 0) FROM %s', packed) INTO rows; END IF;
  RETURN rows;
END
$$;

-- What may lie loose beside what is compressed.
CREATE FUNCTION timescale_loose_bytes_max(packed regclass) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT greatest(4194304, pg_total_relation_size(packed) / 4)
$$;

CREATE FUNCTION timescale_kept_day(day date, OUT rows bigint, OUT bytes bigint, OUT closed boolean, OUT cut boolean,
                                   OUT held_until date) LANGUAGE plpgsql AS $$
DECLARE
  kept record;
  note history_days;
  loose bigint;
BEGIN
  SELECT * INTO kept FROM timescale_chunks(day);
  IF kept.chunk IS NULL THEN RETURN; END IF;
  loose := timescale_loose_rows(kept.chunk);
  rows := loose + timescale_packed_rows(kept.packed);
  bytes := pg_total_relation_size(kept.chunk) + coalesce(pg_total_relation_size(kept.packed), 0);
  SELECT * INTO note FROM history_days h WHERE h.day = $1;
  held_until := note.held_until;
  cut := coalesce(note.cut, false);
  -- Late fixes are not compressed until the day is closed again; and the room of what was compressed may still be held
  -- by one that came at its end. A day that is too young to be closed has nothing to wait for.
  closed := day >= (now() AT TIME ZONE 'UTC')::date - 14 OR
            coalesce(kept.packed IS NOT NULL AND note.closed_at IS NOT NULL AND loose * 6 <= rows AND
                     pg_relation_size(kept.chunk) <= timescale_loose_bytes_max(kept.packed), false);
END
$$;

CREATE FUNCTION timescale_agents_of_day(day date, after bigint, at_most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT DISTINCT agent_id FROM positions WHERE agent_id > %L AND recorded_at >= %L AND recorded_at < %L '
    'ORDER BY agent_id LIMIT %s', after, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC',
    at_most);
END
$$;

CREATE FUNCTION timescale_rows(counted regclass) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  bytes bigint;
  loose float8;
  rows bigint;
BEGIN
  IF counted <> 'positions'::regclass THEN RETURN fieldcast_rows_of_partitions(counted); END IF;
  SELECT sum(size), sum(CASE WHEN reltuples > 0 AND relpages > 0 THEN size / 8192.0 * reltuples / relpages
                             ELSE size / 110.0 END)
  INTO bytes, loose
  FROM (SELECT reltuples, relpages, pg_relation_size(oid) AS size FROM timescale_chunks() JOIN pg_class ON oid = chunk)
    AS parts;
  SELECT coalesce(sum(closed_rows - removed_rows), 0) INTO rows FROM history_days WHERE closed_at IS NOT NULL;
  IF coalesce(bytes, 0) <= 33554432 AND rows < 1000000 THEN
    SELECT count(*) INTO rows FROM positions;
    RETURN rows;
  END IF;
  RETURN rows + round(loose);
END
$$;

-- Compressing locks writers out of a chunk for as long as it takes. What is added to a chunk that is compressed already
-- is compressed beside them. So a chunk full of loose rows is first declared a compressed one, of which nothing is
-- compressed yet; for that a table to compress into is needed, of the form that TimescaleDB gives to that of an empty
-- chunk on a day that nobody writes to.
CREATE FUNCTION timescale_close_begin(day date) RETURNS boolean LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
  blank_day CONSTANT date := '10000-01-02';
  kept record;
  blank record;
  packed text;
BEGIN
  SELECT * INTO kept FROM timescale_chunks(day);
  IF kept.chunk IS NULL OR kept.packed IS NOT NULL THEN RETURN true; END IF;
  PERFORM fieldcast_ensure_day(blank_day);
  PERFORM compress_chunk(chunk) FROM timescale_chunks(blank_day);
  SELECT * INTO blank FROM timescale_chunks(blank_day);
  SELECT format('%I.%I', nspname, 'fieldcast_packed_' || 'positions'::regclass::oid || to_char(day, '_YYYYMMDD')) INTO packed
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = blank.packed;
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL) WITH (toast_tuple_target = 128)', packed, blank.packed);
  PERFORM timescale_drop_chunk(blank_day);
  PERFORM _timescaledb_functions.create_compressed_chunk(kept.chunk, packed::regclass, 0, 0, 0, 0, 0, 0, 0, 0);
  RETURN true;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END
$$;

CREATE FUNCTION timescale_drop_chunk(day date) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  PERFORM drop_chunks('positions', older_than => (day + 1)::timestamp AT TIME ZONE 'UTC',
                      newer_than => day::timestamp AT TIME ZONE 'UTC');
END $$;

-- Writers pass, but for those of a row that is being compressed. False: somebody was in the way.
CREATE FUNCTION timescale_close_compress(day date) RETURNS boolean LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
  kept record;
  before bigint;
BEGIN
  SELECT * INTO kept FROM timescale_chunks(day);
  IF NOT kept.partial THEN RETURN true; END IF;
  before := timescale_packed_rows(kept.packed);
  PERFORM compress_chunk(kept.chunk);
  RETURN timescale_packed_rows(kept.packed) > before OR NOT (SELECT partial FROM timescale_chunks(day));
EXCEPTION WHEN lock_not_available OR deadlock_detected OR serialization_failure THEN
  RETURN false;
END
$$;

-- After the rows that were compressed are vacuumed away: their index still has the size that it had.
CREATE FUNCTION timescale_close_finish(day date) RETURNS boolean LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
  kept record;
BEGIN
  SELECT * INTO kept FROM timescale_chunks(day);
  IF pg_relation_size(kept.chunk) <= timescale_loose_bytes_max(kept.packed) THEN
    EXECUTE format('REINDEX TABLE %s', kept.chunk);
  END IF;
  INSERT INTO history_days AS h (day, closed_at, closed_bytes, closed_rows)
  VALUES ($1, now(), pg_total_relation_size(kept.packed), timescale_packed_rows(kept.packed))
  ON CONFLICT ON CONSTRAINT history_days_pkey
  DO UPDATE SET closed_at = excluded.closed_at, closed_bytes = excluded.closed_bytes,
                closed_rows = excluded.closed_rows, removed_rows = 0;
  RETURN true;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END
$$;

-- Replaying tracks into compressed days is dear: not before replays are over.
CREATE FUNCTION timescale_close_wanted(day date) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RETURN day < (now() AT TIME ZONE 'UTC')::date - 14 AND
         (SELECT coalesce(rows > 0 AND NOT closed, false) FROM fieldcast_kept_day(day));
END
$$;

CREATE FUNCTION timescale_drop_day(day date, only_empty boolean) RETURNS boolean
LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
  kept record;
BEGIN
  SELECT * INTO kept FROM timescale_chunks(day);
  IF kept.chunk IS NULL THEN RETURN true; END IF;
  IF only_empty THEN
    IF (SELECT rows > 0 OR held_until >= now() FROM fieldcast_kept_day(day)) THEN RETURN true; END IF;
    EXECUTE format('LOCK TABLE %s IN SHARE MODE', kept.chunk);
    IF (SELECT rows > 0 FROM fieldcast_kept_day(day)) THEN RETURN true; END IF;
  END IF;
  PERFORM timescale_drop_chunk(day);
  DELETE FROM history_days AS h WHERE h.day = $1;
  RETURN true;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END
$$;

-- For dashboards that read the database: what SQL can say of the hours of an agent. Fieldcast has no use for it, and it
-- takes room and a worker, so only where ALTER DATABASE … SET fieldcast.positions_by_hour = 'on' asks for it.
CREATE FUNCTION fieldcast_offer_hours() RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE FUNCTION timescale_offer_hours() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('fieldcast.positions_by_hour', true), '') <> 'on' THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(7378645891467536250);
  IF to_regclass('positions_by_hour') IS NOT NULL THEN RETURN; END IF;
  EXECUTE 'CREATE MATERIALIZED VIEW positions_by_hour
    WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
    SELECT agent_id, time_bucket(interval ''1 hour'', recorded_at) AS hour, count(*) AS fixes,
           max(speed_mps) AS speed_max_mps, avg(speed_mps) AS speed_mean_mps,
           min(latitude) AS south, min(longitude) AS west, max(latitude) AS north, max(longitude) AS east
    FROM positions GROUP BY 1, 2 WITH NO DATA';
  PERFORM add_continuous_aggregate_policy('positions_by_hour', start_offset => interval '7 days',
                                          end_offset => interval '1 hour', schedule_interval => interval '30 minutes');
  PERFORM add_retention_policy('positions_by_hour', interval '365 days');
END
$$;

-- What those hours hold of agents; and that it goes.
CREATE FUNCTION fieldcast_count_hours(agent bigint) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 0::bigint';
CREATE FUNCTION timescale_count_hours(agent bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN
  IF to_regclass('positions_by_hour') IS NULL THEN RETURN 0; END IF;
  RETURN (SELECT count(*) FROM positions_by_hour WHERE agent_id = agent);
END $$;
CREATE FUNCTION fieldcast_remove_hours(agents bigint[]) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
CREATE FUNCTION timescale_remove_hours(agents bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  kept regclass;
  removed bigint;
BEGIN
  SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass INTO kept
  FROM timescaledb_information.continuous_aggregates
  WHERE view_name = 'positions_by_hour' AND view_schema = current_schema();
  IF kept IS NULL THEN RETURN 0; END IF;
  EXECUTE format('DELETE FROM %s WHERE agent_id = ANY ($1)', kept) USING agents;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END
$$;

-- NULL: it may be tried.
CREATE FUNCTION timescale_refused() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  not_loaded text := (SELECT setting FROM pg_settings WHERE name = 'timescaledb.disable_load');
BEGIN
  IF current_setting('fieldcast.timescale', true) = 'off' THEN
    RETURN 'TimescaleDB is switched off for this database (fieldcast.timescale)';
  ELSIF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN
    RETURN 'the database server has no TimescaleDB';
  -- Making the extension would otherwise end this session, and nothing could catch that.
  ELSIF coalesce(not_loaded, 'on') <> 'off' THEN
    RETURN 'TimescaleDB is installed, but not preloaded (shared_preload_libraries)';
  ELSIF EXISTS (SELECT FROM agents) OR EXISTS (SELECT FROM fieldcast_days()) THEN
    RETURN 'the history was begun before TimescaleDB could be chosen';
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION timescale_begin() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  taking text;
BEGIN
  CREATE EXTENSION IF NOT EXISTS timescaledb;
  IF current_setting('timescaledb.license') <> 'timescale' THEN
    RAISE EXCEPTION 'TimescaleDB under the Apache licence cannot compress';
  END IF;
  EXECUTE 'DROP VIEW IF EXISTS position_places';
  EXECUTE 'CREATE TABLE positions_anew (LIKE positions INCLUDING DEFAULTS)';
  EXECUTE 'DROP TABLE positions';
  EXECUTE 'ALTER TABLE positions_anew RENAME TO positions';
  EXECUTE 'ALTER TABLE positions ADD PRIMARY KEY (agent_id, recorded_at)';
  PERFORM create_hypertable('positions', by_range('recorded_at', interval '1 day'), create_default_indexes => false);
  EXECUTE 'ALTER TABLE positions SET (timescaledb.compress, timescaledb.compress_segmentby = ''agent_id'', '
          'timescaledb.compress_orderby = ''recorded_at'', '
          'timescaledb.sparse_index = ''minmax("latitude"),minmax("longitude")'')';
  PERFORM fieldcast_offer_places();
  EXECUTE 'ALTER FUNCTION fieldcast_rows(regclass) RENAME TO fieldcast_rows_of_partitions';
  FOREACH taking IN ARRAY ARRAY['days()', 'ensure_day(date)', 'day_table(date)', 'kept_day(date)', 'rows(regclass)',
                                'agents_of_day(date, bigint, integer)', 'remove_of_day(date, bigint[], integer)',
                                'close_wanted(date)', 'close_begin(date)', 'close_compress(date)',
                                'close_finish(date)', 'drop_day(date, boolean)', 'offer_hours()', 'count_hours(bigint)',
                                'remove_hours(bigint[])'] LOOP
    EXECUTE format('DROP FUNCTION IF EXISTS fieldcast_%s', taking);
    EXECUTE format('ALTER FUNCTION timescale_%s RENAME TO fieldcast_%s', taking, split_part(taking, '(', 1));
  END LOOP;
END
$$;

-- All that this TimescaleDB, and this role in it, must be able to do.
CREATE FUNCTION timescale_rehearse() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  day CONSTANT date := '2000-01-01';
BEGIN
  PERFORM fieldcast_ensure_day(day);
  INSERT INTO positions (agent_id, recorded_at, received_at, latitude, longitude)
  SELECT 0, day::timestamp AT TIME ZONE 'UTC' + n * interval '1 s', now(), 0, 0 FROM generate_series(0, 1) n;
  PERFORM fieldcast_close_begin(day), fieldcast_close_compress(day), fieldcast_close_finish(day);
  IF NOT (SELECT closed AND rows = 2 FROM fieldcast_kept_day(day)) OR fieldcast_remove_of_day(day, '{0}', 1) <> 2 THEN
    RAISE EXCEPTION 'TimescaleDB does not compress as expected';
  END IF;
  PERFORM fieldcast_drop_day(day, false);
END
$$;

DO $$
DECLARE
  refused text := timescale_refused();
  -- Made above, in this transaction: others may have functions of such names, too.
  ours oid[] := ARRAY(SELECT oid FROM pg_proc WHERE starts_with(proname, 'timescale_')
                      AND xmin::text = (txid_current() % 4294967296)::text);
  unused regprocedure;
BEGIN
  IF refused IS NULL THEN
    BEGIN
      PERFORM timescale_begin();
      PERFORM timescale_rehearse();
    EXCEPTION WHEN OTHERS THEN
      -- What passes by itself decides nothing: the migration is tried again.
      IF left(SQLSTATE, 2) IN ('40', '53', '57', '58') OR SQLSTATE = '55P03' THEN RAISE; END IF;
      refused := 'TimescaleDB did not work here: ' || SQLERRM;
    END;
  END IF;
  INSERT INTO history_way (id, way, why)
  VALUES (1, CASE WHEN refused IS NULL THEN 'timescale' ELSE 'days' END, coalesce(refused, 'the database offered it'));
  FOR unused IN SELECT oid FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND oid = ANY (ours)
                AND (refused IS NOT NULL OR proname IN ('timescale_refused', 'timescale_begin', 'timescale_rehearse'))
  LOOP
    EXECUTE format('DROP FUNCTION %s', unused);
  END LOOP;
END
$$;
