#include "keeper.hpp"

#include "keep_erasure.hpp"
#include "keep_notes.hpp"
#include "keep_rows.hpp"

namespace fieldcast::store::sqlite {
namespace {

/// Rows lie in the order of their key: every day is closed at all times.
class SqliteKeeper final : public Keeper {
 public:
  explicit SqliteKeeper(Connection connection) : connection_(std::move(connection), pace_) {}

  void interrupt() override { pace_.interrupt(); }

  /// One process serves a file; what a person asks for beside it waits its turn at each transaction.
  Result<bool> take_turn() override { return true; }

  Result<std::vector<StoredDay>> days() override { return stored_days(connection_); }
  Result<bool> close_day(Day) override { return false; }
  Result<std::uint64_t> drop_day(Day day) override { return sqlite::drop_day(connection_, day); }
  Result<std::uint64_t> remove_positions(Day day, const Cut& cut) override {
    return sqlite::remove_positions(connection_, day, cut);
  }
  Result<std::uint64_t> count_positions(Day day, const Cut& cut) override {
    return sqlite::count_positions(connection_, day, cut);
  }
  Result<std::uint64_t> remove_last_known(const Cut& cut) override {
    return sqlite::remove_last_known(connection_, cut);
  }
  Result<std::uint64_t> remove_quarantined(const Cut& cut) override {
    return sqlite::remove_quarantined(connection_, cut);
  }
  Result<std::uint64_t> remove_summaries(const Cut& cut) override { return sqlite::remove_summaries(connection_, cut); }
  Result<void> hold_day(Day day, Day until) override { return sqlite::hold_day(connection_, day, until); }

  Result<std::vector<TeamRule>> rules() override { return sqlite::rules(connection_); }
  Result<void> set_rule(const TeamRule& rule) override { return sqlite::set_rule(connection_, rule); }

  Result<void> read_day(Day day, const VisitPosition& visit) override {
    return sqlite::read_day(connection_, day, visit);
  }
  Result<std::vector<ArchivedDay>> archived_days() override { return sqlite::archived_days(connection_); }
  Result<void> note_archived(const ArchivedDay& archived) override {
    return sqlite::note_archived(connection_, archived);
  }
  Result<void> forget_archived(Day day) override { return sqlite::forget_archived(connection_, day); }
  Result<void> forget_archived(Day day, const AgentKey& agent, const ArchivedDay& rewritten) override {
    return sqlite::forget_archived(connection_, day, agent, rewritten);
  }

  Result<Traces> traces_of(const AgentKey& agent) override { return sqlite::traces_of(connection_, agent); }
  Result<Traces> erase(const AgentKey& agent) override { return sqlite::erase(connection_, agent); }
  Result<std::uint64_t> sweep() override { return sqlite::sweep(connection_); }

 private:
  Pace pace_;  // first: the connection works at it
  KeepConnection connection_;
};

}  // namespace

std::unique_ptr<Keeper> make_keeper(Connection connection) {
  return std::make_unique<SqliteKeeper>(std::move(connection));
}

}  // namespace fieldcast::store::sqlite
