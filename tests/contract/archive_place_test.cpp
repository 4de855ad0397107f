// What every place must do: one suite, every body.
#include "contract/archive_webdav.hpp"
#include "fieldcast/archive/place.hpp"

#include <functional>
#include <gmock/gmock.h>

namespace fieldcast::archive::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Body {
  std::string name;
  std::function<std::string(const TemporaryDirectory&)> place;
};

WebdavServer& shared_server() {
  static WebdavServer server;
  return server;
}

/// Each test has a folder of its own on it.
std::string webdav_place(const TemporaryDirectory&) {
  static int tests = 0;
  static const Variable type("RCLONE_CONFIG_FIELDCASTTEST_TYPE", "webdav");
  static const Variable url("RCLONE_CONFIG_FIELDCASTTEST_URL", shared_server().url());
  return "rclone:fieldcasttest:test" + std::to_string(++tests);
}

class PlaceContract : public testing::TestWithParam<Body> {
 protected:
  void SetUp() override {
    auto place = make_place(GetParam().place(directory_));
    ASSERT_TRUE(place) << place.error().text;
    place_ = std::move(*place);
  }
  Result<void> put(const std::string& object, std::string_view text) {
    auto target = place_->create();
    if (!target) return target.error();
    for (; !text.empty(); text.remove_prefix(std::min<std::size_t>(text.size(), 10'000)))
      if (auto written = (*target)->write(text.substr(0, 10'000)); !written) return written;
    return (*target)->put(object);
  }

  TemporaryDirectory directory_;
  const TemporaryDirectory scratch_;
  const Variable temporary_{"TMPDIR", scratch_.file(".")};
  const Variable no_configuration_{"RCLONE_CONFIG", "/dev/null"};
  std::unique_ptr<Place> place_;
};

TEST_P(PlaceContract, WhatWasPutIsRead) {
  std::string bytes;
  for (std::uint64_t i = 0; i < 300'000; ++i) bytes.push_back(static_cast<char>(i * i >> 3));
  ASSERT_TRUE(put("2026/11/2026-11-20.json", bytes));
  EXPECT_EQ(*read_all(*place_, "2026/11/2026-11-20.json"), bytes);
}

TEST_P(PlaceContract, AnEmptyObjectIsAnObject) {
  ASSERT_TRUE(put("2026/11/a", ""));
  EXPECT_EQ(*read_all(*place_, "2026/11/a"), "");
}

TEST_P(PlaceContract, WhatIsPutAgainStandsInPlaceOfTheFormer) {
  ASSERT_TRUE(put("2026/11/a", "one"));
  ASSERT_TRUE(put("2026/11/a", "two"));
  EXPECT_EQ(*read_all(*place_, "2026/11/a"), "two");
  EXPECT_THAT(*place_->list("2026/11"), ElementsAre("a"));
}

TEST_P(PlaceContract, WhatIsNotThereIsMissing) {
  EXPECT_EQ(read_all(*place_, "2026/11/a").error().code, "archive_missing");
  ASSERT_TRUE(put("2026/11/a", "one"));
  EXPECT_EQ(read_all(*place_, "2026/11/b").error().code, "archive_missing");
  EXPECT_EQ(read_all(*place_, "2026/12/a").error().code, "archive_missing");
}

TEST_P(PlaceContract, WhatIsRemovedIsGoneAndMayBeRemovedAgain) {
  ASSERT_TRUE(put("2026/11/a", "one"));
  ASSERT_TRUE(put("2026/11/b", "two"));
  for (int i = 0; i < 2; ++i) {
    const auto removed = place_->remove("2026/11/a");
    EXPECT_TRUE(removed) << removed.error().text;
  }
  EXPECT_TRUE(place_->remove("2031/01/a"));
  EXPECT_EQ(read_all(*place_, "2026/11/a").error().code, "archive_missing");
  EXPECT_EQ(*read_all(*place_, "2026/11/b"), "two");
}

TEST_P(PlaceContract, AFolderIsListedWithoutItsNeighbours) {
  EXPECT_THAT(*place_->list("2026/11"), IsEmpty());
  for (const char* object : {"2026/11/b", "2026/11/a", "2026/12/c", "2026/d"}) ASSERT_TRUE(put(object, "x"));
  EXPECT_THAT(*place_->list("2026/11"), ElementsAre("a", "b"));
  EXPECT_THAT(*place_->list("2026"), ElementsAre("d"));
}

TEST_P(PlaceContract, WhatIsNotPutLeavesNothing) {
  ASSERT_TRUE(put("2026/11/a", "one"));
  {
    auto target = place_->create();
    ASSERT_TRUE(target);
    ASSERT_TRUE((*target)->write("half"));
  }
  EXPECT_THAT(*place_->list("2026/11"), ElementsAre("a"));
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch_.file(".")))
    left.push_back(entry.path().filename());
  for (const auto& entry : std::filesystem::directory_iterator(directory_.file(".")))
    if (entry.is_regular_file()) left.push_back(entry.path().filename());
  EXPECT_THAT(left, IsEmpty());
}

TEST_P(PlaceContract, AnObjectThatIsTooLargeToBeReadAtOnceIsAnError) {
  ASSERT_TRUE(put("2026/11/a", std::string((1u << 20) + 1, 'x')));
  EXPECT_EQ(read_all(*place_, "2026/11/a").error().code, "archive_unavailable");
}

INSTANTIATE_TEST_SUITE_P(
    Places, PlaceContract,
    testing::Values(
        Body{"folder", [](const TemporaryDirectory& directory) { return directory.file("a/b"); }},
        Body{"folder_that_is_there", [](const TemporaryDirectory& directory) { return directory.file("."); }},
        Body{"rclone_local",
             [](const TemporaryDirectory& directory) { return "rclone:" + directory.file("a 'b'; $(touch c) \"d\""); }},
        Body{"rclone_webdav", webdav_place}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace fieldcast::archive::contract
