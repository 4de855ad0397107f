-- Days are counted from 1970-01-01 (UTC).

-- What is known of days beyond their rows: some were restored and are not dropped before another one, of some rows
-- past their time were removed.
CREATE TABLE history_days (
  day        INTEGER PRIMARY KEY,
  held_until INTEGER,
  cut        INTEGER NOT NULL DEFAULT 0
);

-- What is kept of a team; of the organisation's others where the team is empty. Absent: as the wider rule says.
CREATE TABLE team_rules (
  org             TEXT NOT NULL,
  team            TEXT NOT NULL,
  positions_days  INTEGER,
  last_known_days INTEGER,
  quarantine_days INTEGER,
  summaries_days  INTEGER,
  thinned         INTEGER NOT NULL,
  distance_m      REAL,
  heading_deg     REAL,
  after_s         INTEGER,
  PRIMARY KEY (org, team)
) WITHOUT ROWID;

CREATE TABLE archived_days (
  day         INTEGER PRIMARY KEY,
  rows        INTEGER NOT NULL,
  sha256      TEXT NOT NULL,
  place       TEXT NOT NULL,
  archived_at INTEGER NOT NULL
);
CREATE TABLE archived_agents (
  agent_id INTEGER NOT NULL,
  day      INTEGER NOT NULL,
  PRIMARY KEY (agent_id, day)
) WITHOUT ROWID;
CREATE INDEX archived_agents_by_day ON archived_agents (day);

-- Numbers whose agents are forgotten: no agent is given one again.
CREATE TABLE erased_agents (
  agent_id  INTEGER PRIMARY KEY,
  erased_at INTEGER NOT NULL
);
