-- What a commit of nothing changes: whether the database takes writes shows only in a write.
CREATE TABLE heartbeat (
  id    smallint PRIMARY KEY CHECK (id = 1),
  beats bigint NOT NULL
);
INSERT INTO heartbeat VALUES (1, 0);
