#include "keeper.hpp"

#include "keep_archive.hpp"
#include "keep_closing.hpp"
#include "keep_erasure.hpp"
#include "keep_removal.hpp"
#include "keep_rules.hpp"

namespace fieldcast::store::postgres {
namespace {

/// The turn is held by a connection that does nothing else: one that works is dropped whenever a statement fails.
class PostgresKeeper final : public Keeper {
 public:
  explicit PostgresKeeper(const std::string& url) : turn_(url, pace_), connection_(url, pace_) {}

  void interrupt() override {
    pace_.interrupt();
    turn_.cut();
    connection_.cut();
  }

  Result<bool> take_turn() override { return turn_.says_true("SELECT pg_try_advisory_lock(7378645891467536248)"); }

  Result<std::vector<StoredDay>> days() override { return stored_days(connection_); }
  Result<bool> close_day(Day day) override { return postgres::close_day(connection_, day); }
  Result<std::uint64_t> drop_day(Day day) override {
    auto stored = stored_day(connection_, day);
    if (!stored) return stored.error();
    if (auto dropped = postgres::drop_day(connection_, day, false); !dropped) return dropped.error();
    return stored->rows;
  }
  Result<std::uint64_t> remove_positions(Day day, const Cut& cut) override {
    return postgres::remove_positions(connection_, day, cut);
  }
  Result<std::uint64_t> count_positions(Day day, const Cut& cut) override {
    return postgres::count_positions(connection_, day, cut);
  }
  Result<std::uint64_t> remove_last_known(const Cut& cut) override {
    return postgres::remove_last_known(connection_, cut);
  }
  Result<std::uint64_t> remove_quarantined(const Cut& cut) override {
    return postgres::remove_quarantined(connection_, cut);
  }
  Result<std::uint64_t> remove_summaries(const Cut& cut) override {
    return postgres::remove_summaries(connection_, cut);
  }
  Result<void> hold_day(Day day, Day until) override { return postgres::hold_day(connection_, day, until); }

  Result<std::vector<TeamRule>> rules() override { return postgres::rules(connection_); }
  Result<void> set_rule(const TeamRule& rule) override { return postgres::set_rule(connection_, rule); }

  Result<void> read_day(Day day, const VisitPosition& visit) override {
    return postgres::read_day(connection_, day, visit);
  }
  Result<std::vector<ArchivedDay>> archived_days() override { return postgres::archived_days(connection_); }
  Result<void> note_archived(const ArchivedDay& archived) override {
    return postgres::note_archived(connection_, archived);
  }
  Result<void> forget_archived(Day day) override { return postgres::forget_archived(connection_, day); }
  Result<void> forget_archived(Day day, const AgentKey& agent, const ArchivedDay& rewritten) override {
    return postgres::forget_archived(connection_, day, agent, rewritten);
  }

  Result<Traces> traces_of(const AgentKey& agent) override { return postgres::traces_of(connection_, agent); }
  Result<Traces> erase(const AgentKey& agent) override { return postgres::erase(connection_, agent); }
  Result<std::uint64_t> sweep() override {
    if (auto mended = mend_half_closed(connection_); !mended) return mended.error();
    if (auto dropped = drop_empty_days(connection_); !dropped) return dropped.error();
    return postgres::sweep(connection_);
  }

 private:
  Pace pace_;  // first: the others work at it
  KeepConnection turn_, connection_;
};

}  // namespace

std::unique_ptr<Keeper> make_keeper(const std::string& url) { return std::make_unique<PostgresKeeper>(url); }

}  // namespace fieldcast::store::postgres
