// What a database must do for Fieldcast: the contract that every body passes
// (tests/contract/store_contract.hpp). Blocking; the threads are Store's.
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/domain/position.hpp"
#include "fieldcast/store/keeper.hpp"
#include "fieldcast/store/places.hpp"
#include "fieldcast/store/registry.hpp"
#include "fieldcast/store/summaries.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fieldcast::store {

/// A record set aside. `agent` names who sent it (for a gateway's bad record: the gateway's own id).
struct QuarantinedFix {
  AgentIdentityPtr agent;
  std::string code;    // outcome code
  std::string record;  // as it came, 4 KiB at most
  Timestamp received_at{};
};

/// What one client sent and waits to have committed.
struct WriteRequest {
  std::vector<AgentPosition> positions;
  std::vector<QuarantinedFix> quarantined;
  bool unthinned = false;  // history takes every fix of the group, whatever its team's rule
  // Handed back untouched with the result.
  std::uint32_t shard = 0;
  std::uint64_t client = 0;
  std::uint64_t request = 0;

  std::size_t weight() const { return positions.size() + quarantined.size() + 1; }
};

struct WriteResult {
  std::uint32_t shard = 0;
  std::uint64_t client = 0;
  std::uint64_t request = 0;
  bool committed = false;  // false: nothing of the request is stored
  std::uint32_t accepted = 0;
  std::uint32_t duplicates = 0;
  std::uint32_t thinned = 0;  // of those accepted: they moved last-known, but are not in history
};

/// Writes; used by one thread.
class Writer {
 public:
  virtual ~Writer() = default;

  /// One transaction for all requests. Agents not yet known are registered; a changed team or
  /// name is taken over. History is keyed by (agent, recorded_at): the first to come stays, also
  /// within the batch. Last-known moves only forward in recorded_at. Of a thinned team history takes what
  /// thinning.hpp says; what comes twice changes nothing here either. Two writers that take fixes of one agent at the
  /// same moment may both store one where one of them would do.
  /// A group of no requests writes, too: its success says that the database takes writes.
  /// On success fills the counts of each result (results[i] belongs to requests[i])
  /// and the commit is durable. On failure nothing is stored and the store is as before.
  /// Errors: store_unavailable; record_unusable when a smaller group may succeed: the database refuses a value, or
  /// holds a row or a day that is written.
  virtual Result<void> commit(std::span<const WriteRequest> requests, std::span<WriteResult> results) = 0;
  /// After a failure: the connection is gone, which a fresh writer may not notice at all. It may have been so since
  /// long before the commit.
  virtual bool lost() const { return false; }

  /// The whole table of who may see what, for managers whose token lists no teams.
  virtual Result<void> set_membership(const OrgId& org, const UserId& user, const TeamId& team, bool member) = 0;
};

struct HistoryQuery {
  AgentKey agent;
  Timestamp from = from_unix_ms(0);
  Timestamp to = Timestamp::max();  // exclusive
  std::optional<Timestamp> after;   // cursor: strictly later than this
  std::size_t limit = 1'000;
};

struct QuarantineQuery {
  OrgId org;
  std::optional<std::vector<TeamId>> teams;  // absent: all of the organisation
  std::optional<AgentId> agent;
  std::uint64_t before = 0;  // cursor: ids below this; 0: from the newest
  std::size_t limit = 100;
};

struct QuarantineRecord {
  std::uint64_t id;
  AgentId agent;
  TeamId team;
  std::string code, record;
  Timestamp received_at;
};

/// Reads; each instance is used by one thread at a time and sees a committed state.
/// Errors: store_unavailable. Each call is bounded in time (reads_time_max): it fails rather than hold the database.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Oldest first.
  virtual Result<std::vector<Position>> history(const HistoryQuery& query) = 0;
  /// Newest first.
  virtual Result<std::vector<QuarantineRecord>> quarantine(const QuarantineQuery& query) = 0;
  /// Every registered agent, or those of one team, with its last-known position where it has one.
  using VisitAgent = store::VisitAgent;
  virtual Result<void> agents(const std::optional<TeamKey>& only, const VisitAgent& visit) = 0;
  /// Those with numbers above this one, which grow as agents are registered. Returns the highest, `number` when there
  /// is none. For RegistryReading.
  virtual Result<std::int64_t> agents_after(std::int64_t number, const VisitAgent& visit) = 0;
  /// Those of the last erasures_kept, and perhaps older ones.
  virtual Result<std::vector<Erasure>> erasures() = 0;
  virtual Result<std::vector<TeamId>> teams_of(const OrgId& org, const UserId& user) = 0;
  /// Figures of one agent, computed from its positions where they are not up to date.
  virtual Result<AgentSummaries> summaries(const SummaryQuery&) {
    return Error{"store_unavailable", "this store has no summaries"};
  }
  /// Figures of a team, as far as they are up to date.
  virtual Result<TeamSummaries> summaries(const TeamSummaryQuery&) {
    return Error{"store_unavailable", "this store has no summaries"};
  }
  struct Counts {
    std::uint64_t agents, positions, quarantined;
  };
  virtual Result<Counts> counts() = 0;
  /// Who was in an area, by the agents' ids. Errors: not_available too (places.hpp).
  virtual Result<std::vector<AreaVisit>> found_in(const AreaQuery&) { return places_missing(); }
  /// Who was near at a past moment, the nearest first. Errors: not_available too.
  virtual Result<std::vector<NearbyAgent>> nearby_at(const NearbyQuery&) { return places_missing(); }

 private:
  static Error places_missing() {
    return {"not_available", "this store answers no questions about places: they take PostgreSQL with PostGIS"};
  }
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// Brings the schema up to date; idempotent; safe when two processes start at once.
  /// Errors: store_unavailable; schema_unusable when the database has a newer schema than this program knows, or
  /// a migration that was applied differs from ours.
  virtual Result<void> migrate() = 0;
  /// Names of the migrations that migrate() would run, in order. Changes nothing.
  /// Errors: as migrate().
  virtual Result<std::vector<std::string>> pending_migrations() = 0;
  /// Versions of the migrations that a later program applied, in order; empty when there are none. A program works on
  /// such a schema, for instances are updated one by one and an update may be taken back. Hence the rule: a migration
  /// leaves the version before it working. It adds; what is no longer needed goes one release later.
  /// Errors: store_unavailable; schema_unusable when a migration that was applied differs from ours, or one of ours
  /// is missing below later ones.
  virtual Result<std::vector<std::int64_t>> unknown_migrations() { return std::vector<std::int64_t>{}; }
  /// Writers that gain by working at the same time; each gets its own agents.
  virtual std::size_t writers_useful() const = 0;
  virtual Result<std::unique_ptr<Writer>> open_writer() = 0;
  virtual Result<std::unique_ptr<Reader>> open_reader() = 0;
  /// On a migrated database.
  virtual Result<std::unique_ptr<Summariser>> open_summariser() {
    return Error{"store_unavailable", "this store has no summaries"};
  }
  /// On a migrated database.
  virtual Result<std::unique_ptr<Keeper>> open_keeper() {
    return Error{"store_unavailable", "this store keeps no days"};
  }
  /// Called now and then on a thread of its own: SQLite checkpoints its log here.
  virtual Result<void> maintain() = 0;
  virtual std::string_view name() const = 0;
  /// Of a migrated database: what keeps its history, and why it is that. For a log; empty when there is no choice.
  virtual std::string history_way() { return {}; }
};

struct SqliteSettings {
  std::string file;  // path of the database
  milliseconds busy_timeout{5'000};
  milliseconds reads_time_max{10'000};
  std::size_t cache_kib = 65'536;
  seconds rules_believed{10};  // a team's thinning counts after this
};
std::unique_ptr<Engine> make_sqlite_engine(SqliteSettings settings);

/// PostgreSQL 15 or later. Any number of processes may share a database.
/// A commit whose connection is lost may have been stored although it is reported as store_unavailable: who sends
/// the fixes again gets them counted as duplicates. Records set aside have no key by which they are known again:
/// those of such a commit are stored twice.
/// History and counts come from the replica while it can be reached: they may lag behind a commit.
/// Counts of tables beyond 32 MiB are estimates. The bound on reads holds for each statement; agents() reads pages
/// of agents, each a statement, and holds no more than one in memory.
struct PostgresSettings {
  std::string url;       // libpq connection string or URI
  std::string read_url;  // a replica for history and counts; empty: none
  milliseconds reads_time_max{5'000};
  milliseconds writes_time_max{5'000};
  seconds agents_believed{60};  // what another instance says of an agent is seen by our writers after this
  seconds rules_believed{10};   // a team's thinning counts after this
};
std::unique_ptr<Engine> make_postgres_engine(PostgresSettings settings);

}  // namespace fieldcast::store
