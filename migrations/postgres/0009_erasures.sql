-- Whom running servers are to forget: who it was as a digest, for a day.
CREATE TABLE erasures (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  who       text COLLATE "C" NOT NULL,
  erased_at timestamptz NOT NULL
);
