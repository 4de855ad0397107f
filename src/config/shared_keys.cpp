// [store] and [redis]: what lies outside the process, and may be shared by several.
#include "key_kinds.hpp"
#include "keys.hpp"

namespace fieldcast::config {
namespace {

std::optional<std::string> is_redis_url(const std::string& text) {
  return text.empty() ? std::nullopt : bus::wrong_with_redis_url(text);
}

std::optional<std::string> is_postgres_url(const std::string& text) {
  const bool usable = text.empty() || text.starts_with("postgres://") || text.starts_with("postgresql://") ||
                      text.find('=') != std::string::npos;
  return usable ? std::nullopt
                : std::optional<std::string>("must be postgresql://… or a connection string (host=… dbname=…)");
}

std::vector<Key> sqlite_keys() {
  return {
      text("store.sqlite_file", not_empty, "The database's file; its folder is made when missing",
           FIELDCAST_FIELD(store.sqlite.file)),
      duration("store.sqlite_busy_ms", {1, 600'000}, "How long to wait for another process that writes",
               FIELDCAST_FIELD(store.sqlite.busy_timeout)),
      duration("store.sqlite_reads_time_max_ms", {1, 600'000}, "A query that takes longer is given up",
               FIELDCAST_FIELD(store.sqlite.reads_time_max)),
      number("store.sqlite_cache_kib", "KiB", {64, 16'777'216}, "Page cache of each connection to the database",
             FIELDCAST_FIELD(store.sqlite.cache_kib)),
  };
}

std::vector<Key> postgres_keys() {
  return {
      text("store.postgres_url", is_postgres_url, "The PostgreSQL database, as an URL or a connection string",
           FIELDCAST_FIELD(store.postgres.url)),
      text("store.postgres_read_url", is_postgres_url, "A replica of it, for history; empty: none",
           FIELDCAST_FIELD(store.postgres.read_url)),
      duration("store.postgres_reads_time_max_ms", {1, 600'000}, "A query that takes longer is given up",
               FIELDCAST_FIELD(store.postgres.reads_time_max)),
      duration("store.postgres_writes_time_max_ms", {100, 600'000}, "A commit that takes longer has failed",
               FIELDCAST_FIELD(store.postgres.writes_time_max)),
  };
}

std::vector<Key> writer_keys() {
  return {
      yes_no("store.migrate_at_start", "Bring the schema up to date at start; false: `fieldcast migrate` does",
             FIELDCAST_FIELD(store.writer.migrate_at_start)),
      number("store.writers", "", {1, 64}, "Threads that commit fixes (PostgreSQL; SQLite has one)",
             FIELDCAST_FIELD(store.writer.writers)),
      duration("store.flush_after_ms", {0, 10'000}, "A fix waits this long at most for others to commit with",
               FIELDCAST_FIELD(store.writer.flush_after)),
      number("store.flush_fixes", "", {1, 1'000'000}, "So many fixes are committed without further waiting",
             FIELDCAST_FIELD(store.writer.flush_fixes)),
      number("store.queue_fixes_max", "", {1, 100'000'000}, "Fixes that may wait for the database; more are refused",
             FIELDCAST_FIELD(store.writer.queue_fixes_max)),
      number("store.readers", "", {1, 64}, "Threads that answer queries", FIELDCAST_FIELD(store.writer.readers)),
      number("store.reads_waiting_max", "", {1, 1'000'000}, "Queries that may wait; more are refused",
             FIELDCAST_FIELD(store.writer.reads_waiting_max)),
      duration("store.maintain_every_s", {1, 86'400}, "How often the database is tidied",
               FIELDCAST_FIELD(store.writer.maintain_every)),
  };
}

}  // namespace

std::vector<Key> store_keys() {
  std::vector<Key> all{choice("store.engine", {"auto", "sqlite", "postgres"},
                              "Which database; auto: postgres where store.postgres_url is set, else sqlite",
                              FIELDCAST_FIELD(store.engine))};
  for (auto* part : {sqlite_keys, postgres_keys, writer_keys}) {
    for (Key& key : part()) all.push_back(std::move(key));
  }
  return all;
}

std::vector<Key> redis_keys() {
  return {
      text("redis.url", is_redis_url,
           "Redis that links instances: redis://, rediss:// (TLS), redis-sentinel://host:port,…/master, "
           "redis-cluster://host:port,…; empty: one instance alone",
           FIELDCAST_FIELD(redis.url)),
      text("redis.prefix", not_empty, "Begins every key and channel; instances that share it serve one field force",
           FIELDCAST_FIELD(redis.prefix)),
      text("redis.ca_file", any_text, "Certificates (PEM) that Redis' own is checked with; empty: the system's",
           FIELDCAST_FIELD(redis.ca_file)),
      duration("redis.cache_valid_s", {10, 86'400}, "How long the live cache keeps an agent that is not heard",
               FIELDCAST_FIELD(redis.cache_valid)),
      duration("redis.ping_every_s", {1, 600}, "Ping Redis as often; silent for two of them, the connection is gone",
               FIELDCAST_FIELD(redis.ping_every)),
      number("redis.positions_waiting_max", "", {1'000, 100'000'000},
             "Positions kept for other instances while Redis is away, the newest of each agent",
             FIELDCAST_FIELD(redis.positions_waiting_max)),
  };
}

}  // namespace fieldcast::config
