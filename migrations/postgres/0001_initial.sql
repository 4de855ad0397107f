-- Times are whole milliseconds; coordinates are WGS 84 degrees; an absent number is NULL.
-- Texts are compared byte by byte: every instance sorts them alike, whatever the locale.

CREATE TABLE agents (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org   text COLLATE "C" NOT NULL,
  agent text COLLATE "C" NOT NULL,
  team  text COLLATE "C" NOT NULL,
  name  text NOT NULL,
  UNIQUE (org, agent)
);

-- Columns are ordered by width: no padding. The key is in the order in which history is read. No further index:
-- each costs as much as the table itself on the day that is written.
CREATE TABLE positions (
  agent_id     bigint NOT NULL,
  recorded_at  timestamptz NOT NULL,
  received_at  timestamptz NOT NULL,
  latitude     double precision NOT NULL,
  longitude    double precision NOT NULL,
  accuracy_m   real,
  speed_mps    real,
  heading_deg  real,
  altitude_m   real,
  battery      real,
  activity     smallint,
  attributes   text,
  PRIMARY KEY (agent_id, recorded_at)
) PARTITION BY RANGE (recorded_at);

-- Half of each page stays free: an update finds room beside the row, and the index is left alone.
CREATE TABLE last_known (
  agent_id     bigint PRIMARY KEY,
  recorded_at  timestamptz NOT NULL,
  received_at  timestamptz NOT NULL,
  latitude     double precision NOT NULL,
  longitude    double precision NOT NULL,
  accuracy_m   real,
  speed_mps    real,
  heading_deg  real,
  altitude_m   real,
  battery      real,
  activity     smallint,
  attributes   text
) WITH (fillfactor = 50);

-- A record that was set aside may be anything but text.
CREATE TABLE quarantine (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org         text COLLATE "C" NOT NULL,
  team        text COLLATE "C" NOT NULL,
  agent       text COLLATE "C" NOT NULL,
  code        text NOT NULL,
  record      bytea NOT NULL,
  received_at timestamptz NOT NULL
);
CREATE INDEX quarantine_by_org ON quarantine (org, id);
CREATE INDEX quarantine_by_team ON quarantine (org, team, id);
CREATE INDEX quarantine_by_agent ON quarantine (org, agent, id);

CREATE TABLE memberships (
  org     text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  team    text COLLATE "C" NOT NULL,
  PRIMARY KEY (org, user_id, team)
);

-- The days (UTC) that positions can take. How a day is kept is known to these functions only.
CREATE FUNCTION fieldcast_days() RETURNS SETOF date LANGUAGE sql STABLE AS $$
  SELECT to_date(right(relname, 8), 'YYYYMMDD')
  FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
  WHERE inhparent = 'positions'::regclass AND relname ~ '^positions_[0-9]{8}$'
$$;

-- True when it was missing. Attached, not created in place: so that neither writers nor readers wait for it.
CREATE FUNCTION fieldcast_ensure_day(day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  partition text := 'positions_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF day IN (SELECT fieldcast_days()) THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(7378645891467536245);
  IF day IN (SELECT fieldcast_days()) THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE positions INCLUDING ALL)', partition);
  EXECUTE format('ALTER TABLE positions ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition,
                 day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
  RETURN true;
END
$$;
