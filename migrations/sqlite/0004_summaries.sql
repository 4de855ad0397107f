-- What the positions of an agent come to, by hour and by day (UTC; `hour` and `day` are the milliseconds at which they
-- begin). A box whose west is greater than its east crosses the antimeridian; no box: no fix was good enough.
-- `rows_read`: how many positions the figures rest on, the hour before included. What rests on more is never replaced
-- by what rests on less: positions go before their summaries do.
CREATE TABLE hours (
  agent_id      INTEGER NOT NULL,
  hour          INTEGER NOT NULL,
  distance_m    REAL NOT NULL,
  fixes         INTEGER NOT NULL,
  rows_read     INTEGER NOT NULL,
  moving_ms     INTEGER NOT NULL,
  stops         INTEGER NOT NULL,
  speed_max_mps REAL,
  south_e7      INTEGER,
  west_e7       INTEGER,
  north_e7      INTEGER,
  east_e7       INTEGER,
  PRIMARY KEY (agent_id, hour)
) WITHOUT ROWID;

CREATE TABLE days_of_agents (
  agent_id      INTEGER NOT NULL,
  day           INTEGER NOT NULL,
  distance_m    REAL NOT NULL,
  fixes         INTEGER NOT NULL,
  rows_read     INTEGER NOT NULL,
  moving_ms     INTEGER NOT NULL,
  stops         INTEGER NOT NULL,
  speed_max_mps REAL,
  south_e7      INTEGER,
  west_e7       INTEGER,
  north_e7      INTEGER,
  east_e7       INTEGER,
  PRIMARY KEY (agent_id, day)
) WITHOUT ROWID;

-- Hours with positions that `hours` does not hold yet. A mark that is made while the hour is worked on counts up, so
-- it is not taken for the one that was worked on.
CREATE TABLE summaries_due (
  agent_id INTEGER NOT NULL,
  hour     INTEGER NOT NULL,
  marks    INTEGER NOT NULL,
  PRIMARY KEY (agent_id, hour)
) WITHOUT ROWID;

-- Positions that are there already. From hour to hour by the key: what lies between is not read. Times before 1970 are
-- not among them.
INSERT INTO summaries_due
WITH RECURSIVE found (agent_id, at) AS (
  SELECT id, (SELECT min(recorded_at) FROM positions WHERE agent_id = id AND recorded_at >= 0) FROM agents
  UNION ALL
  SELECT agent_id, (SELECT min(p.recorded_at) FROM positions AS p
                    WHERE p.agent_id = found.agent_id AND p.recorded_at >= (found.at / 3600000 + 1) * 3600000)
  FROM found WHERE at IS NOT NULL
)
SELECT agent_id, at / 3600000 * 3600000, 1 FROM found WHERE at IS NOT NULL;
