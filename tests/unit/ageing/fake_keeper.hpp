// A keeper that remembers what it was asked, over days that the test gives it.
#pragma once

#include "fieldcast/store/keeper.hpp"

#include <atomic>
#include <set>
#include <utility>

namespace fieldcast::ageing {

class FakeKeeper : public store::Keeper {
 public:
  using Day = store::Day;

  Result<bool> take_turn() override { return turn.load(); }
  void interrupt() override { interrupted = true; }
  Result<std::vector<store::StoredDay>> days() override {
    if (away) return Error{"store_unavailable", "away"};
    std::vector<store::StoredDay> listed;
    for (const auto& [day, stored] : stored_days) listed.push_back(stored);
    return listed;
  }
  Result<bool> close_day(Day day) override {
    log.push_back("close " + name(day));
    stored_days[day].closed = true;
    return true;
  }
  Result<std::uint64_t> drop_day(Day day) override {
    log.push_back("drop " + name(day));
    const std::uint64_t rows = stored_days[day].rows;
    stored_days.erase(day);
    return rows;
  }
  Result<std::uint64_t> remove_positions(Day day, const store::Cut& cut) override {
    log.push_back("cut " + name(day));
    last_cut = cut;
    return std::exchange(rows_to_cut, 0);
  }
  Result<std::uint64_t> count_positions(Day, const store::Cut&) override { return rows_to_cut; }
  Result<std::uint64_t> remove_last_known(const store::Cut& cut) override { return note("last_known", cut); }
  Result<std::uint64_t> remove_quarantined(const store::Cut& cut) override { return note("quarantine", cut); }
  Result<std::uint64_t> remove_summaries(const store::Cut& cut) override { return note("summaries", cut); }
  Result<void> hold_day(Day day, Day until) override {
    stored_days[day].held_until = until;
    return {};
  }
  Result<std::vector<store::TeamRule>> rules() override { return team_rules; }
  Result<void> set_rule(const store::TeamRule& rule) override {
    team_rules.push_back(rule);
    return {};
  }
  Result<void> read_day(Day, const VisitPosition&) override { return {}; }
  Result<std::vector<store::ArchivedDay>> archived_days() override { return archived; }
  Result<void> note_archived(const store::ArchivedDay& day) override {
    archived.push_back(day);
    return {};
  }
  Result<void> forget_archived(Day) override { return {}; }
  Result<void> forget_archived(Day, const AgentKey&, const store::ArchivedDay&) override { return {}; }
  Result<store::Traces> traces_of(const AgentKey&) override { return store::Traces{}; }
  Result<store::Traces> erase(const AgentKey&) override { return store::Traces{}; }
  Result<std::uint64_t> sweep() override { return 0U; }

  void add(Day day, bool closed = true) {
    store::StoredDay stored;
    stored.day = day;
    stored.rows = 10;
    stored.closed = closed;
    stored_days[day] = stored;
  }

  static std::string name(Day day) { return std::to_string(day.time_since_epoch().count()); }

  std::map<Day, store::StoredDay> stored_days;
  std::vector<store::TeamRule> team_rules;
  std::vector<store::ArchivedDay> archived;
  std::vector<std::string> log;
  std::map<std::string, store::Cut> cuts;
  store::Cut last_cut;
  std::uint64_t rows_to_cut = 3;
  bool away = false;
  std::atomic<bool> turn{true}, interrupted{false};

 private:
  Result<std::uint64_t> note(const std::string& kind, const store::Cut& cut) {
    cuts[kind] = cut;
    return 1U;
  }
};

}  // namespace fieldcast::ageing
