#include "writer.hpp"

#include "agent_ids.hpp"
#include "fieldcast/store/due_marks.hpp"
#include "position_columns.hpp"
#include "thinning_query.hpp"

#include <algorithm>

namespace fieldcast::store::sqlite {
namespace {

std::string placeholders(int count) {
  std::string text = "?";
  for (int i = 1; i < count; ++i) text += ", ?";
  return text;
}

std::string insert_into(const std::string& table) {
  return "INSERT INTO " + table + " (agent_id, " + std::string(position_columns) + ") VALUES (" +
         placeholders(position_column_count + 1) + ") ON CONFLICT ";
}

std::string take_over_when_newer() {
  return "(agent_id) DO UPDATE SET (" + std::string(position_columns) +
         ") = (excluded.recorded_at, excluded.received_at, excluded.latitude_e7, excluded.longitude_e7, "
         "excluded.accuracy_m, excluded.speed_mps, excluded.heading_deg, excluded.altitude_m, excluded.battery, "
         "excluded.activity, excluded.attributes) WHERE excluded.recorded_at > last_known.recorded_at";
}

struct Statements {
  Statement insert_position, move_last_known, insert_quarantined, add_totals, add_member, remove_member, beat, mark;
};

Result<Statements> prepare(Connection& connection) {
  auto position = connection.prepare(insert_into("positions") + "DO NOTHING");
  if (!position) return position.error();
  auto last_known = connection.prepare(insert_into("last_known") + take_over_when_newer());
  if (!last_known) return last_known.error();
  auto quarantined = connection.prepare(
      "INSERT INTO quarantine (org, team, agent, code, record, received_at) VALUES (?, ?, ?, ?, ?, ?)");
  if (!quarantined) return quarantined.error();
  auto totals = connection.prepare("UPDATE totals SET positions = positions + ?, quarantined = quarantined + ?");
  if (!totals) return totals.error();
  auto add = connection.prepare("INSERT INTO memberships (org, user, team) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  if (!add) return add.error();
  auto remove = connection.prepare("DELETE FROM memberships WHERE org = ? AND user = ? AND team = ?");
  if (!remove) return remove.error();
  auto beat = connection.prepare("UPDATE heartbeat SET beats = beats + 1");
  if (!beat) return beat.error();
  auto mark = connection.prepare(
      "INSERT INTO summaries_due VALUES (?1, ?2, 1) ON CONFLICT (agent_id, hour) DO UPDATE SET marks = marks + 1");
  if (!mark) return mark.error();
  return Statements{std::move(*position), std::move(*last_known), std::move(*quarantined), std::move(*totals),
                    std::move(*add),      std::move(*remove),     std::move(*beat),        std::move(*mark)};
}

class SqliteWriter final : public Writer {
 public:
  SqliteWriter(Connection connection, Statements statements, AgentIds agents, ThinningQuery thinning,
               seconds rules_believed)
      : connection_(std::move(connection)),
        statements_(std::move(statements)),
        agents_(std::move(agents)),
        thinning_(std::move(thinning)),
        rules_(rules_believed) {}

  Result<void> commit(std::span<const WriteRequest> requests, std::span<WriteResult> results) override {
    const Now now = read_clock();
    due_.begin(now.wall);
    if (rules_.are_due(now.steady) && !requests.empty()) read_rules();
    Transaction transaction(connection_);
    if (auto begun = transaction.begin(); !begun) return begun.error();
    if (auto begun = agents_.begin(); !begun) return begun.error();
    if (auto written = write(requests, results); !written) return written.error();
    if (auto committed = transaction.commit(); !committed) return committed.error();
    agents_.adopt();
    due_.adopt();
    return {};
  }

  Result<void> set_membership(const OrgId& org, const UserId& user, const TeamId& team, bool member) override {
    Statement& statement = member ? statements_.add_member : statements_.remove_member;
    statement.bind(1, std::string_view(org.str()));
    statement.bind(2, std::string_view(user.str()));
    statement.bind(3, std::string_view(team.str()));
    return statement.run();
  }

 private:
  struct Row {
    std::int64_t agent_id;
    Timestamp recorded_at;
    std::size_t request;
    const AgentPosition* position;
    bool thinned;
  };

  /// Outside of the transaction, which a failure would end. What was known holds then.
  void read_rules() {
    if (auto read = thinning_.rules()) rules_.replace(*read);
  }

  Result<void> write(std::span<const WriteRequest> requests, std::span<WriteResult> results) {
    if (requests.empty()) return statements_.beat.run();
    for (WriteResult& result : results) result.accepted = result.duplicates = result.thinned = 0;
    if (auto collected = collect_rows(requests); !collected) return collected.error();
    if (auto thinned = thin(requests); !thinned) return thinned.error();
    if (auto inserted = insert_rows(results); !inserted) return inserted.error();
    if (auto marked = mark_hours(); !marked) return marked.error();
    std::int64_t stored = 0, quarantined = 0;
    for (const WriteResult& result : results) stored += result.accepted - result.thinned;
    for (const WriteRequest& request : requests) {
      quarantined += static_cast<std::int64_t>(request.quarantined.size());
      for (const QuarantinedFix& fix : request.quarantined)
        if (auto inserted = insert_quarantined(fix); !inserted) return inserted.error();
    }
    if (stored + quarantined == 0) return {};
    statements_.add_totals.bind(1, stored);
    statements_.add_totals.bind(2, quarantined);
    return statements_.add_totals.run();
  }

  /// All positions with the numbers of their agents, sorted by key: rows of one agent meet the same
  /// page. The sort is stable, so of two equal keys the first to come is inserted first, and stays.
  Result<void> collect_rows(std::span<const WriteRequest> requests) {
    rows_.clear();
    const AgentIdentity* agent = nullptr;
    std::int64_t agent_id = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      for (const AgentPosition& position : requests[i].positions) {
        if (position.agent == nullptr || !is_storable(position.position))
          return Error{"record_unusable", "a position has no agent or is no place on earth"};
        if (position.agent.get() != agent) {
          auto resolved = agents_.resolve(*position.agent);
          if (!resolved) return resolved.error();
          agent = position.agent.get();
          agent_id = *resolved;
        }
        rows_.push_back({agent_id, position.position.fix.recorded_at, i, &position, false});
      }
    }
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
      return a.agent_id != b.agent_id ? a.agent_id < b.agent_id : a.recorded_at < b.recorded_at;
    });
    return {};
  }

  Result<void> thin(std::span<const WriteRequest> requests) {
    if (!rules_.any() || std::any_of(requests.begin(), requests.end(), [](const auto& one) { return one.unthinned; }))
      return {};
    for (const Stretch& stretch : stretches_of(rows_, rules_)) {
      auto past = thinning_.past_of(stretch);
      if (!past) return past.error();
      judge(stretch, std::move(*past), rows_);
    }
    return {};
  }

  Result<void> insert_rows(std::span<WriteResult> results) {
    const Row* newest = nullptr;  // of its agent among those that were new: rows are sorted by time
    for (const Row& row : rows_) {
      if (newest != nullptr && newest->agent_id != row.agent_id) {
        if (auto moved = run(statements_.move_last_known, *newest); !moved) return moved.error();
        newest = nullptr;
      }
      const auto is_new = row.thinned ? Result<bool>(!is_same_key(row, newest)) : insert(row);
      if (!is_new) return is_new.error();
      WriteResult& result = results[row.request];
      if (!*is_new) {
        ++result.duplicates;
        continue;
      }
      ++result.accepted;
      if (row.thinned) ++result.thinned;
      newest = &row;
    }
    if (newest == nullptr) return {};
    return run(statements_.move_last_known, *newest);
  }

  static bool is_same_key(const Row& row, const Row* other) {
    return other != nullptr && other->agent_id == row.agent_id && other->recorded_at == row.recorded_at;
  }

  /// False: history has a row of this key.
  Result<bool> insert(const Row& row) {
    if (auto inserted = run(statements_.insert_position, row); !inserted) return inserted.error();
    if (connection_.changes() == 0) return false;
    due_.note(row.agent_id, row.recorded_at);
    return true;
  }

  Result<void> mark_hours() {
    for (const DueMarks::Mark& mark : due_.marks()) {
      statements_.mark.bind(1, mark.agent_id);
      statements_.mark.bind(2, to_unix_ms(mark.hour));
      if (auto marked = statements_.mark.run(); !marked) return marked.error();
    }
    return {};
  }

  static Result<void> run(Statement& statement, const Row& row) {
    statement.bind(1, row.agent_id);
    bind_position(statement, 2, row.position->position);
    return statement.run();
  }

  Result<void> insert_quarantined(const QuarantinedFix& fix) {
    if (fix.agent == nullptr) return Error{"record_unusable", "a record set aside names nobody who sent it"};
    Statement& statement = statements_.insert_quarantined;
    statement.bind(1, std::string_view(fix.agent->org.str()));
    statement.bind(2, std::string_view(fix.agent->team.str()));
    statement.bind(3, std::string_view(fix.agent->agent.str()));
    statement.bind(4, std::string_view(fix.code));
    statement.bind(5, std::string_view(fix.record));
    statement.bind(6, to_unix_ms(fix.received_at));
    return statement.run();
  }

  Connection connection_;  // first: statements end before it
  Statements statements_;
  AgentIds agents_;
  ThinningQuery thinning_;
  ThinningRules rules_;
  DueMarks due_;
  std::vector<Row> rows_;  // kept between commits for its memory
};

}  // namespace

Result<std::unique_ptr<Writer>> make_writer(Connection connection, seconds rules_believed) {
  auto statements = prepare(connection);
  if (!statements) return statements.error();
  auto agents = AgentIds::open(connection);
  if (!agents) return agents.error();
  auto thinning = ThinningQuery::open(connection);
  if (!thinning) return thinning.error();
  return std::unique_ptr<Writer>(std::make_unique<SqliteWriter>(
      std::move(connection), std::move(*statements), std::move(*agents), std::move(*thinning), rules_believed));
}

}  // namespace fieldcast::store::sqlite
