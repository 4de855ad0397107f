// A database in memory: as much of a keeper, a writer and a reader as an archive needs, and it fails on command.
#pragma once

#include "fieldcast/store/engine.hpp"
#include "fieldcast/store/keeper.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace fieldcast::archive {

using store::Day;

class FakeStore final : public store::Keeper, public store::Writer, public store::Reader {
 public:
  using Key = std::tuple<std::string, std::string, Timestamp>;
  std::map<Key, Position> rows;
  std::map<AgentKey, AgentIdentityPtr> known;
  std::map<Day, store::ArchivedDay> noted;
  std::set<std::pair<Day, AgentKey>> index;  // of agents in the archive
  std::map<Day, Day> held;
  std::function<void()> before_note = [] {};
  bool reads_failing = false, commits_failing = false;
  std::size_t notes = 0, largest_commit = 0;

  void put(const AgentIdentity& agent, const Position& position) {
    auto& identity = known[agent.key()];
    if (identity == nullptr || identity->team != agent.team || identity->name != agent.name)
      identity = std::make_shared<const AgentIdentity>(agent);
    rows.emplace(Key{agent.org.str(), agent.agent.str(), position.fix.recorded_at}, position);
  }
  void drop(const AgentKey& agent) {
    std::erase_if(rows, [&](const auto& row) {
      return std::get<0>(row.first) == agent.org.str() && std::get<1>(row.first) == agent.agent.str();
    });
  }

  // Keeper
  Result<bool> take_turn() override { return true; }
  void interrupt() override {}
  Result<std::vector<store::StoredDay>> days() override {
    std::map<Day, std::uint64_t> counts;
    for (const auto& [key, position] : rows) ++counts[day_of(key)];
    std::vector<store::StoredDay> days;
    for (const auto& [day, count] : counts) {
      days.emplace_back().day = day;
      days.back().rows = count;
    }
    return days;
  }
  Result<bool> close_day(Day) override { return false; }
  Result<std::uint64_t> drop_day(Day day) override {
    return std::erase_if(rows, [&](const auto& row) { return day_of(row.first) == day; });
  }
  Result<std::uint64_t> remove_positions(Day, const store::Cut&) override { return std::uint64_t{0}; }
  Result<std::uint64_t> count_positions(Day, const store::Cut&) override { return std::uint64_t{0}; }
  Result<std::uint64_t> remove_last_known(const store::Cut&) override { return std::uint64_t{0}; }
  Result<std::uint64_t> remove_quarantined(const store::Cut&) override { return std::uint64_t{0}; }
  Result<std::uint64_t> remove_summaries(const store::Cut&) override { return std::uint64_t{0}; }
  Result<void> hold_day(Day day, Day until) override {
    held[day] = until;
    return {};
  }
  Result<std::vector<store::TeamRule>> rules() override { return std::vector<store::TeamRule>{}; }
  Result<void> set_rule(const store::TeamRule&) override { return {}; }
  Result<void> read_day(Day day, const VisitPosition& visit) override {
    std::size_t read = 0;
    for (const auto& [key, position] : rows) {
      if (day_of(key) != day) continue;
      if (reads_failing && ++read > 2) return Error{"store_unavailable", "the connection was lost"};
      visit(known.at({OrgId(std::get<0>(key)), AgentId(std::get<1>(key))}), position);
    }
    return {};
  }
  Result<std::vector<store::ArchivedDay>> archived_days() override {
    std::vector<store::ArchivedDay> days;
    for (const auto& [day, archived] : noted) days.push_back(archived);
    return days;
  }
  Result<void> note_archived(const store::ArchivedDay& archived) override {
    before_note();
    ++notes;
    noted[archived.day] = archived;
    for (const auto& [key, position] : rows)
      if (day_of(key) == archived.day)
        index.insert({archived.day, AgentKey{OrgId(std::get<0>(key)), AgentId(std::get<1>(key))}});
    return {};
  }
  Result<void> forget_archived(Day day) override {
    noted.erase(day);
    std::erase_if(index, [&](const auto& entry) { return entry.first == day; });
    return {};
  }
  Result<void> forget_archived(Day day, const AgentKey& agent, const store::ArchivedDay& rewritten) override {
    noted[day] = rewritten;
    index.erase({day, agent});
    return {};
  }
  Result<store::Traces> traces_of(const AgentKey& agent) override {
    store::Traces traces;
    traces.registered = known.contains(agent);
    for (const auto& [day, held_agent] : index)
      if (held_agent == agent) traces.archived.push_back(day);
    return traces;
  }
  Result<store::Traces> erase(const AgentKey& agent) override {
    drop(agent);
    return traces_of(agent);
  }
  Result<std::uint64_t> sweep() override { return std::uint64_t{0}; }

  // Writer
  Result<void> commit(std::span<const store::WriteRequest> requests, std::span<store::WriteResult> results) override {
    if (commits_failing) return Error{"store_unavailable", "the disk is full"};
    for (std::size_t i = 0; i < requests.size(); ++i) {
      largest_commit = std::max(largest_commit, requests[i].positions.size());
      for (const AgentPosition& position : requests[i].positions) {
        const std::size_t before = rows.size();
        put(*position.agent, position.position);
        rows.size() > before ? ++results[i].accepted : ++results[i].duplicates;
      }
    }
    return {};
  }
  Result<void> set_membership(const OrgId&, const UserId&, const TeamId&, bool) override { return {}; }

  // Reader
  Result<std::vector<Position>> history(const store::HistoryQuery&) override { return std::vector<Position>{}; }
  Result<std::vector<store::QuarantineRecord>> quarantine(const store::QuarantineQuery&) override {
    return std::vector<store::QuarantineRecord>{};
  }
  Result<std::int64_t> agents_after(std::int64_t number, const VisitAgent&) override { return number; }
  Result<std::vector<store::Erasure>> erasures() override { return std::vector<store::Erasure>{}; }
  Result<void> agents(const std::optional<TeamKey>&, const VisitAgent& visit) override {
    for (const auto& [key, agent] : known) visit(agent, std::nullopt);
    return {};
  }
  Result<std::vector<TeamId>> teams_of(const OrgId&, const UserId&) override { return std::vector<TeamId>{}; }
  Result<Counts> counts() override { return Counts{known.size(), rows.size(), 0}; }

 private:
  static Day day_of(const Key& key) { return std::chrono::floor<std::chrono::days>(std::get<2>(key)); }
};

}  // namespace fieldcast::archive
