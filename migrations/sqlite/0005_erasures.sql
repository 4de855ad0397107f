-- Whom running servers are to forget: who it was as a digest, for a day. No id is given twice.
CREATE TABLE erasures (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  who       TEXT NOT NULL,
  erased_at INTEGER NOT NULL
);
