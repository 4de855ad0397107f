-- Places: what PostGIS does with positions, where the database has it. Asked for again at each start, so an extension
-- that comes later counts from the next start on. What mentions its types is made only when it is there.
-- ALTER DATABASE … SET fieldcast.places = 'off' keeps Fieldcast from making the extension.

-- NULL: places can be asked for. Otherwise what is missing, and what mends it.
CREATE FUNCTION fieldcast_places_missing() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF to_regtype('geography') IS NOT NULL AND to_regclass('position_places') IS NOT NULL THEN RETURN NULL; END IF;
  IF current_setting('fieldcast.places', true) = 'off' THEN
    RETURN 'places are switched off (fieldcast.places) for this database: reset that, and start Fieldcast again';
  END IF;
  IF to_regtype('geography') IS NOT NULL THEN
    RETURN 'PostGIS has come to the database since: start Fieldcast again';
  END IF;
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis') THEN
    RETURN 'PostGIS lies in a schema that is not in the search path of Fieldcast''s role: add it, and start Fieldcast again';
  END IF;
  IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgis') THEN
    RETURN 'Fieldcast''s role may not make the extension PostGIS: let a superuser CREATE EXTENSION postgis in this '
           'database, and start Fieldcast again';
  END IF;
  RETURN 'the database server has no PostGIS: install it there (Debian: postgresql-15-postgis-3), and start Fieldcast again';
END
$$;

-- True when places can be asked for afterwards. What it may not do is no error.
CREATE FUNCTION fieldcast_offer_places() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF fieldcast_places_missing() IS NULL THEN RETURN true; END IF;
  IF current_setting('fieldcast.places', true) = 'off' THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(7378645891467536246);
  IF fieldcast_places_missing() IS NULL THEN RETURN true; END IF;
  BEGIN
    IF to_regtype('geography') IS NULL THEN
      IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgis') THEN RETURN false; END IF;
      CREATE EXTENSION IF NOT EXISTS postgis;
    END IF;
    EXECUTE 'CREATE OR REPLACE VIEW last_known_places AS
      SELECT a.org, a.team, a.agent, a.name, l.recorded_at, l.received_at, l.accuracy_m, l.speed_mps, l.heading_deg,
             ST_SetSRID(ST_Point(l.longitude, l.latitude), 4326)::geography(Point, 4326) AS place
      FROM last_known l JOIN agents a ON a.id = l.agent_id';
    EXECUTE 'CREATE OR REPLACE VIEW position_places AS
      SELECT a.org, a.team, a.agent, a.name, p.recorded_at, p.received_at, p.accuracy_m, p.speed_mps, p.heading_deg,
             ST_SetSRID(ST_Point(p.longitude, p.latitude), 4326)::geography(Point, 4326) AS place
      FROM positions p JOIN agents a ON a.id = p.agent_id';
    -- For a day that is closed: a row that comes costs more afterwards. Of two calls the second does nothing.
    EXECUTE 'CREATE OR REPLACE FUNCTION fieldcast_place_index(partition regclass) RETURNS void LANGUAGE plpgsql AS $index$
      BEGIN
        IF EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
                   WHERE i.indrelid = partition AND m.amname = ''gist'') THEN RETURN; END IF;
        EXECUTE format(''CREATE INDEX ON %s USING gist (ST_Point(longitude, latitude))'', partition);
      END
      $index$';
  EXCEPTION WHEN OTHERS THEN
    RETURN false;
  END;
  RETURN fieldcast_places_missing() IS NULL;
END
$$;

SELECT fieldcast_offer_places();
