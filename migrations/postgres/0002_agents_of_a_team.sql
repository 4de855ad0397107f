-- A team is read as a whole when its room is healed.
CREATE INDEX agents_by_team ON agents (org, team, id);

-- Rows of a table and its partitions: counted while it is small, estimated from its size when it is large, for
-- counting a large history takes minutes.
CREATE FUNCTION fieldcast_rows(counted regclass) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  bytes bigint;
  estimate float8;
  counted_rows bigint;
BEGIN
  SELECT sum(size), sum(CASE WHEN reltuples > 0 AND relpages > 0 THEN size / 8192.0 * reltuples / relpages
                             ELSE size / 110.0 END)
  INTO bytes, estimate
  FROM (SELECT reltuples, relpages, pg_relation_size(oid) AS size FROM pg_class
        WHERE oid = counted OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = counted)) AS parts;
  IF bytes > 33554432 THEN RETURN round(estimate); END IF;
  EXECUTE format('SELECT count(*) FROM %s', counted) INTO counted_rows;
  RETURN counted_rows;
END
$$;
