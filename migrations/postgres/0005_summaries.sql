-- What the positions of an agent come to, by hour and by day (UTC). Places are integers of 1e-7 degrees; a box whose
-- west is greater than its east crosses the antimeridian; no box: no fix was good enough. `rows_read`: how many
-- positions the figures rest on, the hour before included. What rests on more is never replaced by what rests on less:
-- positions go before their summaries do.
CREATE TABLE hours (
  agent_id      bigint NOT NULL,
  hour          timestamptz NOT NULL,
  distance_m    double precision NOT NULL,
  fixes         integer NOT NULL,
  rows_read     integer NOT NULL,
  moving_ms     integer NOT NULL,
  stops         integer NOT NULL,
  speed_max_mps real,
  south_e7      integer,
  west_e7       integer,
  north_e7      integer,
  east_e7       integer,
  PRIMARY KEY (agent_id, hour)
);

CREATE TABLE days_of_agents (
  agent_id      bigint NOT NULL,
  day           date NOT NULL,
  distance_m    double precision NOT NULL,
  fixes         integer NOT NULL,
  rows_read     integer NOT NULL,
  moving_ms     integer NOT NULL,
  stops         integer NOT NULL,
  speed_max_mps real,
  south_e7      integer,
  west_e7       integer,
  north_e7      integer,
  east_e7       integer,
  PRIMARY KEY (agent_id, day)
);

-- Hours with positions that `hours` does not hold yet. A mark that is made while the hour is worked on counts up, so
-- it is not taken for the one that was worked on.
CREATE TABLE summaries_due (
  agent_id bigint NOT NULL,
  hour     timestamptz NOT NULL,
  marks    bigint NOT NULL,
  PRIMARY KEY (agent_id, hour)
);

-- Days with positions that were written without marks: before this table was, or by a program that does not know it.
CREATE TABLE summaries_unmarked (
  day date PRIMARY KEY
);
INSERT INTO summaries_unmarked SELECT fieldcast_days();
