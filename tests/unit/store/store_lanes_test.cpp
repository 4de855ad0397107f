// Several writers, and the schema at start.
#include "store_fixture.hpp"

#include <algorithm>
#include <gmock/gmock.h>

namespace fieldcast::store {
namespace {

using testing::SizeIs;

WriteRequest request_of(const char* agent, std::uint64_t number) {
  WriteRequest request = make_request(number);
  request.positions[0].agent =
      std::make_shared<const AgentIdentity>(AgentIdentity{OrgId("acme"), TeamId("north"), AgentId(agent), ""});
  return request;
}

TEST_F(StoreTest, WritesDifferentAgentsAtTheSameTimeAndOneAgentInOrder) {
  database_.writers_useful = 2;
  Settings settings;
  settings.flush_after = milliseconds{0};
  Store& store = open(settings);
  database_.set([](FakeDatabase& d) { d.commits_held = true; });
  std::uint64_t number = 0;
  // Some agent of these is another lane's.
  for (const char* agent : {"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"})
    ASSERT_TRUE(store.submit(request_of(agent, number++)));
  EXPECT_TRUE(database_.wait_for([](const FakeDatabase& d) { return d.tries == 2; }));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(store.submit(request_of("a1", 100 + static_cast<std::uint64_t>(i))));
  release_writer();
  store.stop();
  std::vector<std::uint64_t> of_a1;
  for (const auto& transaction : database_.transactions)
    for (const std::uint64_t request : transaction)
      if (request >= 100) of_a1.push_back(request);
  ASSERT_THAT(of_a1, SizeIs(20));
  EXPECT_TRUE(std::is_sorted(of_a1.begin(), of_a1.end()));
  EXPECT_EQ(answers_.count(), 29U);
}

TEST_F(StoreTest, OpensNoMoreWritersThanTheEngineFindsUseful) {
  Settings settings;
  settings.writers = 8;
  open(settings);
  EXPECT_EQ(database_.writers_opened, 1);
  store_.reset();
  database_.writers_useful = 3;
  open(settings);
  EXPECT_EQ(database_.writers_opened, 4);
}

TEST_F(StoreTest, SplitsTheBoundBetweenTheWriters) {
  database_.writers_useful = 2;
  Settings settings;
  settings.queue_fixes_max = 40;
  Store& store = open(settings);
  database_.set([](FakeDatabase& d) { d.commits_held = true; });
  for (std::uint64_t number = 0; number < 200; ++number)
    static_cast<void>(store.submit(request_of(("a" + std::to_string(number % 20)).c_str(), number)));
  EXPECT_LE(store.waiting_fixes(), 40U);
  release_writer();
  store.stop();
  EXPECT_EQ(answers_.count(), database_.stored.size());
}

TEST_F(StoreTest, FailsWhileOneOfItsWritersFails) {
  database_.writers_useful = 2;
  Settings settings;
  settings.flush_after = milliseconds{0};
  Store& store = open(settings);
  database_.set([](FakeDatabase& d) { d.failing = true; });
  ASSERT_TRUE(store.submit(request_of("a1", 1)));
  EXPECT_FALSE(answers_.of(1).committed);
  EXPECT_EQ(store.state(), Store::State::failing);
  database_.set([](FakeDatabase& d) { d.failing = false; });
  ASSERT_TRUE(submit_in_the_end(store, 2));
  EXPECT_TRUE(answers_.of(2).committed);
  EXPECT_EQ(store.state(), Store::State::ok);
}

TEST_F(StoreTest, MigratesAtStart) {
  database_.pending = {"0002_more"};
  EXPECT_THAT(open().unknown_migrations(), SizeIs(0));
  EXPECT_THAT(database_.pending, SizeIs(0));
}

TEST_F(StoreTest, StartsOnTheSchemaOfALaterProgramAndTellsOfIt) {
  database_.unknown = {8, 9};
  for (const bool migrate : {true, false}) {
    Settings settings;
    settings.migrate_at_start = migrate;
    EXPECT_THAT(open(settings).unknown_migrations(), testing::ElementsAre(8, 9));
  }
}

TEST_F(StoreTest, DoesNotStartOnASchemaThatDiffers) {
  database_.schema_differs = true;
  database_.unknown = {8};
  EXPECT_THROW(open(), std::runtime_error);
}

TEST_F(StoreTest, DoesNotStartOnASchemaThatIsBehindWhenItMayNotMigrate) {
  Settings settings;
  settings.migrate_at_start = false;
  database_.pending = {"0002_more", "0003_still_more"};
  try {
    open(settings);
    ADD_FAILURE() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("0002_more, 0003_still_more"));
  }
  EXPECT_THAT(database_.pending, SizeIs(2));
  database_.pending.clear();
  EXPECT_NO_THROW(open(settings));
}

}  // namespace
}  // namespace fieldcast::store
