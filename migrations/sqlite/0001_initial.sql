-- Times are integer milliseconds since 1970 UTC; coordinates are integers of 1e-7 degrees (11 mm);
-- an absent number is NULL.

CREATE TABLE agents (
  id    INTEGER PRIMARY KEY,
  org   TEXT NOT NULL,
  agent TEXT NOT NULL,
  team  TEXT NOT NULL,
  name  TEXT NOT NULL,
  UNIQUE (org, agent)
);

-- The key is in the order in which history is read: a day of one agent is a few neighbouring pages.
-- The order (recorded_at, agent_id) takes rows about twice as fast, but then a track of one agent is spread
-- over the pages of all agents, and the index that mends this costs more than was gained.
CREATE TABLE positions (
  agent_id     INTEGER NOT NULL,
  recorded_at  INTEGER NOT NULL,
  received_at  INTEGER NOT NULL,
  latitude_e7  INTEGER NOT NULL,
  longitude_e7 INTEGER NOT NULL,
  accuracy_m   REAL,
  speed_mps    REAL,
  heading_deg  REAL,
  altitude_m   REAL,
  battery      REAL,
  activity     INTEGER,
  attributes   TEXT,
  PRIMARY KEY (agent_id, recorded_at)
) WITHOUT ROWID;

CREATE TABLE last_known (
  agent_id     INTEGER PRIMARY KEY,
  recorded_at  INTEGER NOT NULL,
  received_at  INTEGER NOT NULL,
  latitude_e7  INTEGER NOT NULL,
  longitude_e7 INTEGER NOT NULL,
  accuracy_m   REAL,
  speed_mps    REAL,
  heading_deg  REAL,
  altitude_m   REAL,
  battery      REAL,
  activity     INTEGER,
  attributes   TEXT
);

CREATE TABLE quarantine (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  org         TEXT NOT NULL,
  team        TEXT NOT NULL,
  agent       TEXT NOT NULL,
  code        TEXT NOT NULL,
  record      TEXT NOT NULL,
  received_at INTEGER NOT NULL
);
-- Each ends with the id by itself: newest first without sorting, whatever the filter.
CREATE INDEX quarantine_by_org ON quarantine (org);
CREATE INDEX quarantine_by_team ON quarantine (org, team);
CREATE INDEX quarantine_by_agent ON quarantine (org, agent);

CREATE TABLE memberships (
  org  TEXT NOT NULL,
  user TEXT NOT NULL,
  team TEXT NOT NULL,
  PRIMARY KEY (org, user, team)
) WITHOUT ROWID;

-- Counted by the writer: counting the rows of a large history takes minutes.
CREATE TABLE totals (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  positions   INTEGER NOT NULL,
  quarantined INTEGER NOT NULL
);
INSERT INTO totals VALUES (1, 0, 0);
