// A day of three agents, a database and a place in memory.
#pragma once

#include "fieldcast/archive/archive.hpp"
#include "unit/archive/fake_store.hpp"
#include "unit/archive/memory_place.hpp"

#include <gmock/gmock.h>

namespace fieldcast::archive {

class ArchiveFixture : public testing::Test {
 protected:
  static AgentIdentity agent(const std::string& id) { return {OrgId("acme"), TeamId("north"), AgentId(id), "Ann"}; }
  Position position_at(int second) const {
    Position position;
    position.fix.at = {12.5 + second / 7.0, 77.5 - second / 3.0};
    position.fix.recorded_at = Timestamp(day_) + seconds{second};
    position.fix.battery = 0.3F;
    position.received_at = position.fix.recorded_at + seconds{2};
    return position;
  }
  void put(const std::string& id, int second) { store_.put(agent(id), position_at(second)); }
  void fill() {
    for (const char* id : {"a0", "a1", "a2"})
      for (const int second : {0, 10, 20}) put(id, second);
  }
  Result<Restored> restore() { return restore_day(store_, store_, store_, place_, day_, hold_until_); }
  std::string& object() { return place_.objects.begin()->second; }  // the manifest sorts behind it

  void expect_rows(const std::map<FakeStore::Key, Position>& expected) const {
    ASSERT_EQ(store_.rows.size(), expected.size());
    for (const auto& [key, position] : expected) {
      const auto found = store_.rows.find(key);
      ASSERT_NE(found, store_.rows.end());
      EXPECT_EQ(found->second.fix.at.latitude_deg, position.fix.at.latitude_deg);
      EXPECT_EQ(found->second.fix.at.longitude_deg, position.fix.at.longitude_deg);
      EXPECT_EQ(found->second.fix.battery, position.fix.battery);
      EXPECT_EQ(found->second.received_at, position.received_at);
    }
  }

  const Day day_ = std::chrono::year{2025} / 11 / 22;
  const Day hold_until_ = std::chrono::year{2026} / 1 / 1;
  const std::string manifest_ = "2025/11/2025-11-22.json";
  FakeStore store_;
  MemoryPlace place_;
};

}  // namespace fieldcast::archive
