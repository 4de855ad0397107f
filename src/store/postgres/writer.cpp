#include "writer.hpp"

#include "error_of.hpp"
#include "position_batch.hpp"

#include <algorithm>

namespace fieldcast::store::postgres {
namespace {

constexpr int tries_max = 5;

constexpr const char* insert_quarantined = R"(
  INSERT INTO quarantine (org, team, agent, code, record, received_at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[]))";
constexpr const char* add_member =
    "INSERT INTO memberships VALUES ($1::text, $2::text, $3::text) ON CONFLICT DO NOTHING";
constexpr const char* remove_member =
    "DELETE FROM memberships WHERE org = $1::text AND user_id = $2::text AND team = $3::text";
constexpr const char* beat = "UPDATE heartbeat SET beats = beats + 1";

/// Trouble of the whole server, be it a day or a row that met it: it is away, full, read-only, too slow.
bool is_of_server(const std::string& sqlstate) {
  if (is_of_connection(sqlstate) || sqlstate == query_canceled) return true;
  constexpr std::string_view classes[] = {"25", "53", "58", "F0", "XX"};
  return std::any_of(std::begin(classes), std::end(classes), [&](auto c) { return sqlstate.starts_with(c); });
}

/// Records set aside: few, so their columns are built anew each time.
struct QuarantineColumns {
  BinaryArray org{Element::text}, team{Element::text}, agent{Element::text}, code{Element::text},
      record{Element::bytes}, received_at{Element::timestamptz};

  void add(const QuarantinedFix& fix) {
    org.add(std::string_view(fix.agent->org.str()));
    team.add(std::string_view(fix.agent->team.str()));
    agent.add(std::string_view(fix.agent->agent.str()));
    code.add(std::string_view(fix.code));
    record.add(std::string_view(fix.record));
    received_at.add(to_postgres(fix.received_at));
  }
};

class PostgresWriter final : public Writer {
 public:
  PostgresWriter(Session session, const PostgresSettings& settings)
      : session_(std::move(session)), agents_(settings.agents_believed), rules_(settings.rules_believed) {}

  Result<void> prepare() {
    if (auto prepared = PositionBatch::prepare(session_); !prepared) return prepared;
    if (auto prepared = AgentIds::prepare(session_); !prepared) return prepared;
    if (auto prepared = prepare_days(session_); !prepared) return prepared;
    if (auto prepared = session_.prepare("insert_quarantined", insert_quarantined); !prepared) return prepared;
    if (auto prepared = session_.prepare("add_member", add_member); !prepared) return prepared;
    if (auto prepared = session_.prepare("remove_member", remove_member); !prepared) return prepared;
    return session_.prepare("beat", beat);
  }

  Result<void> commit(std::span<const WriteRequest> requests, std::span<WriteResult> results) override {
    if (requests.empty()) return run("beat", {});
    const SteadyTime now = std::chrono::steady_clock::now();
    if (auto collected = collect(requests, now); !collected) return collected;
    if (rules_.are_due(now) && !batch_.empty()) read_rules();
    for (int tries = 1;; ++tries) {
      const auto ensured = days_.ensure(session_);
      const auto written = ensured ? write(requests) : ensured;
      if (written) break;
      if (tries < tries_max && batch_.knows_erased()) {
        agents_.learn_anew();
        if (auto collected = collect(requests, now); !collected) return collected;
        continue;
      }
      if (tries < tries_max && may_succeed_again(tries, requests.size())) continue;
      const bool of_a_day = !ensured && !is_of_server(session_.sqlstate());
      const bool of_a_row = session_.sqlstate() == lock_not_available;
      return of_a_day || of_a_row ? Error{"record_unusable", written.error().text} : written;
    }
    agents_.adopt(now);
    for (WriteResult& result : results) result.accepted = result.duplicates = result.thinned = 0;
    batch_.count(results);
    return {};
  }

  bool lost() const override { return is_of_connection(session_.sqlstate()); }

  Result<void> set_membership(const OrgId& org, const UserId& user, const TeamId& team, bool member) override {
    const std::string_view parameters[] = {org.str(), user.str(), team.str()};
    return run(member ? "add_member" : "remove_member", parameters);
  }

 private:
  Result<void> run(const char* statement, std::span<const std::string_view> parameters) {
    auto done = session_.run_prepared(statement, parameters);
    if (!done) return done.error();
    return {};
  }

  Result<void> collect(std::span<const WriteRequest> requests, SteadyTime now) {
    agents_.forget();
    days_.begin();
    any_quarantined_ = false;
    for (const WriteRequest& request : requests)
      for (const QuarantinedFix& fix : request.quarantined) {
        if (fix.agent == nullptr) return Error{"record_unusable", "a record set aside names nobody who sent it"};
        any_quarantined_ = true;
      }
    return batch_.collect(requests, agents_, days_, now);
  }

  /// Outside of the transaction, which a failure would end. What was known holds then.
  void read_rules() {
    if (auto read = ThinningQuery::rules(session_)) rules_.replace(*read);
  }

  Result<void> write(std::span<const WriteRequest> requests) {
    if (!agents_.any_asked() && !any_quarantined_)
      return batch_.empty() ? Result<void>{} : batch_.insert(session_, agents_, rules_);
    if (auto begun = session_.execute("BEGIN"); !begun) return begun;
    auto written = write_all(requests);
    if (written) return session_.execute("COMMIT");
    session_.roll_back();
    return written;
  }

  /// Another instance was in the way, or has dropped a day since we saw it. Of several requests that met a lock the
  /// halves are tried instead.
  bool may_succeed_again(int tries, std::size_t requests) {
    const std::string& state = session_.sqlstate();
    if (state == "40P01" || state == "40001") return true;
    if (state == lock_not_available) return tries == 1 && requests == 1;
    constexpr std::string_view no_partition = "23514";
    if (state != no_partition || tries > 1) return false;
    days_.forget();
    batch_.want_days(days_);
    return true;
  }

  Result<void> write_all(std::span<const WriteRequest> requests) {
    if (agents_.any_asked())
      if (auto resolved = agents_.resolve(session_); !resolved) return resolved;
    if (any_quarantined_)
      if (auto inserted = insert_quarantine(requests); !inserted) return inserted;
    return batch_.empty() ? Result<void>{} : batch_.insert(session_, agents_, rules_);
  }

  Result<void> insert_quarantine(std::span<const WriteRequest> requests) {
    QuarantineColumns columns;
    for (const WriteRequest& request : requests)
      for (const QuarantinedFix& fix : request.quarantined) columns.add(fix);
    const std::string_view parameters[] = {columns.org.parameter(),    columns.team.parameter(),
                                           columns.agent.parameter(),  columns.code.parameter(),
                                           columns.record.parameter(), columns.received_at.parameter()};
    return run("insert_quarantined", parameters);
  }

  Session session_;
  AgentIds agents_;
  Days days_;
  ThinningRules rules_;
  PositionBatch batch_;
  bool any_quarantined_ = false;
};

}  // namespace

Result<std::unique_ptr<Writer>> make_writer(Session session, const PostgresSettings& settings) {
  auto writer = std::make_unique<PostgresWriter>(std::move(session), settings);
  if (auto prepared = writer->prepare(); !prepared) return prepared.error();
  return std::unique_ptr<Writer>(std::move(writer));
}

}  // namespace fieldcast::store::postgres
