-- What a commit of nothing changes: whether the database takes writes shows only in a write. An update that
-- leaves every byte as it was writes nothing.
CREATE TABLE heartbeat (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  beats INTEGER NOT NULL
);
INSERT INTO heartbeat VALUES (1, 0);
