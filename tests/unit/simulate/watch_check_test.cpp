#include "fieldcast/simulate/watch_check.hpp"

#include <gtest/gtest.h>

namespace fieldcast::simulate {
namespace {

class WatchCheckTest : public testing::Test {
 protected:
  void snapshot(std::string_view agent, std::int64_t ms, bool resumed = false, bool last = true) {
    show(ReplyKind::snapshot, agent, ms, resumed, last);
  }
  void update(std::string_view agent, std::int64_t ms) { show(ReplyKind::update, agent, ms, false, true); }

  void show(ReplyKind kind, std::string_view agent, std::int64_t ms, bool resumed, bool last) {
    ServerReply reply;
    reply.kind = kind;
    reply.room = "team:north";
    reply.resumed = resumed;
    reply.last = last;
    SeenPosition& position = reply.positions.emplace_back();
    position.agent = agent;
    if (ms != 0) position.recorded_at = from_unix_ms(ms);
    check_.see(reply, [this](std::uint32_t number, const SeenPosition&) { told_.push_back(number); });
  }

  AgentNumbers numbers_;
  WatchCounts counts_;
  WatchCheck check_{numbers_, counts_};
  std::vector<std::uint32_t> told_;
};

TEST_F(WatchCheckTest, IsContentWhileAgentsMoveForward) {
  snapshot("a", 100);
  update("a", 101);
  update("b", 50);
  update("b", 51);
  EXPECT_EQ(counts_.went_back, 0u);
  EXPECT_EQ(counts_.repeated, 0u);
  EXPECT_EQ(counts_.before_snapshot, 0u);
  EXPECT_EQ(counts_.positions, 3u);
  EXPECT_EQ(told_.size(), 3u) << "positions of updates only";
  EXPECT_EQ(check_.newest(numbers_.number_of("b")), from_unix_ms(51));
  EXPECT_EQ(check_.newest(77), Timestamp{});
}

TEST_F(WatchCheckTest, SeesAnAgentThatGoesBack) {
  snapshot("a", 100);
  update("a", 99);
  EXPECT_EQ(counts_.went_back, 1u);
}

TEST_F(WatchCheckTest, SeesAnAgentThatGoesBackInAResumedSnapshot) {
  snapshot("a", 100);
  check_.lose_connection();
  snapshot("a", 99, true);
  EXPECT_EQ(counts_.went_back, 1u);
  EXPECT_EQ(counts_.resumed, 1u);
}

TEST_F(WatchCheckTest, GrantsAFullSnapshotThatTheServerForgotWhatItNeverCommitted) {
  snapshot("a", 100);
  update("a", 105);
  check_.lose_connection();
  snapshot("a", 100);
  EXPECT_EQ(counts_.went_back, 0u);
  EXPECT_EQ(counts_.reset_to_older, 1u);
  update("a", 103);
  EXPECT_EQ(counts_.went_back, 0u);
}

TEST_F(WatchCheckTest, CountsRepetitionsApart) {
  snapshot("a", 100);
  update("a", 100);
  EXPECT_EQ(counts_.repeated, 1u);
  EXPECT_EQ(counts_.went_back, 0u);
}

TEST_F(WatchCheckTest, WantsASnapshotBeforeAnyUpdateOfEachConnection) {
  update("a", 1);
  EXPECT_EQ(counts_.before_snapshot, 1u);
  snapshot("a", 2);
  check_.lose_connection();
  update("a", 3);
  EXPECT_EQ(counts_.before_snapshot, 2u);
}

TEST_F(WatchCheckTest, CountsASnapshotInPartsOnce) {
  snapshot("a", 1, false, false);
  snapshot("b", 1, false, true);
  EXPECT_EQ(counts_.snapshots, 1u);
}

TEST_F(WatchCheckTest, TakesAnAgentThatNeverReportedInASnapshotButNotInAnUpdate) {
  snapshot("a", 0);
  EXPECT_EQ(counts_.unreadable, 0u);
  update("a", 0);
  EXPECT_EQ(counts_.unreadable, 1u);
}

}  // namespace
}  // namespace fieldcast::simulate
