// Places that fail: each error has a name, says why, and gives no credentials away.
#include "contract/archive_webdav.hpp"
#include "fieldcast/archive/place.hpp"

#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <thread>

namespace fieldcast::archive::contract {
namespace {

using testing::HasSubstr;
using testing::Not;

Result<void> put(Place& place, const std::string& object, const std::string& text) {
  auto target = place.create();
  if (!target) return target.error();
  if (auto written = (*target)->write(text); !written) return written;
  return (*target)->put(object);
}

void expect_unavailable(const Result<void>& result, const std::string& why) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "archive_unavailable");
  EXPECT_THAT(result.error().text, HasSubstr(why));
  EXPECT_THAT(result.error().text, Not(HasSubstr("\n")));
}

TEST(ArchivePlace, WhatIsNoPlaceIsRefused) {
  TemporaryDirectory directory;
  std::ofstream(directory.file("file")) << "x";
  for (const std::string& place : {std::string(), directory.file("file"), std::string("rclone:"),
                                   std::string("rclone::s3,access_key_id=K,secret_access_key=S:bucket/a"),
                                   std::string("rclone:remote,pass=S:a")}) {
    const auto made = make_place(place);
    ASSERT_FALSE(made) << place;
    EXPECT_EQ(made.error().code, "place_unusable");
    EXPECT_THAT(made.error().text, Not(HasSubstr("=S")));
  }
  for (const char* place : {"rclone:remote:bucket/a,b", "rclone:/folder/a,b", "rclone::s3:bucket"})
    EXPECT_TRUE(make_place(place)) << place;
}

TEST(ArchivePlace, AFolderHasOneName) {
  TemporaryDirectory directory;
  EXPECT_EQ((*make_place(directory.file("a/")))->name(), directory.file("a"));
  EXPECT_EQ((*make_place(directory.file("b/../a")))->name(), directory.file("a"));
}

TEST(ArchiveFolder, AFileThatMayNotGrowIsAnErrorAndLeavesNothing) {
  TemporaryDirectory directory;
  const auto place = *make_place(directory.file("."));
  ASSERT_TRUE(put(*place, "2026/11/a", "one"));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4'096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto result = put(*place, "2026/11/a", std::string(100'000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  expect_unavailable(result, "File too large");
  EXPECT_EQ(*read_all(*place, "2026/11/a"), "one");
  for (const auto& entry : std::filesystem::directory_iterator(directory.file("."))) EXPECT_TRUE(entry.is_directory());
}

TEST(ArchiveFolder, AFileInTheWayIsAnError) {
  TemporaryDirectory directory;
  const auto place = *make_place(directory.file("."));
  std::ofstream(directory.file("2026")) << "in the way";
  expect_unavailable(put(*place, "2026/11/a", "one"), "cannot make");
}

TEST(ArchiveFolder, WhatAKilledProcessLeftIsRemovedAfterADay) {
  TemporaryDirectory directory;
  const auto place = *make_place(directory.file("."));
  for (const char* name : {".unfinished-old", ".unfinished-new"}) std::ofstream(directory.file(name)) << "half";
  std::filesystem::last_write_time(directory.file(".unfinished-old"),
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours{25});
  ASSERT_TRUE(put(*place, "2026/11/a", "one"));
  EXPECT_FALSE(std::filesystem::exists(directory.file(".unfinished-old")));
  EXPECT_TRUE(std::filesystem::exists(directory.file(".unfinished-new"))) << "another process may write it";
}

/// A program that is called rclone, before the real one.
class ArchiveRclone : public testing::Test {
 protected:
  void rclone_is(const std::string& script) {
    const std::string path = directory_.file("bin/rclone");
    std::filesystem::create_directories(directory_.file("bin"));
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    path_.emplace("PATH", directory_.file("bin") + ":/usr/bin:/bin");
  }
  void there_is_no_rclone() { path_.emplace("PATH", directory_.file(".")); }

  TemporaryDirectory directory_;
  std::optional<Variable> path_;
  const std::unique_ptr<Place> place_ = *make_place("rclone:remote:bucket/positions");
};

TEST_F(ArchiveRclone, WithoutTheProgramTheErrorNamesIt) {
  there_is_no_rclone();
  expect_unavailable(put(*place_, "2026/11/a", "one"), "there is no program rclone");
  EXPECT_EQ(read_all(*place_, "2026/11/a").error().code, "archive_unavailable");
  EXPECT_EQ(place_->list("2026/11").error().code, "archive_unavailable");
  EXPECT_EQ(place_->remove("2026/11/a").error().code, "archive_unavailable");
}

TEST_F(ArchiveRclone, ThatIsKilledIsAnError) {
  rclone_is("kill -9 $$");
  expect_unavailable(put(*place_, "2026/11/a", "one"), "signal 9");
  EXPECT_EQ(read_all(*place_, "2026/11/a").error().code, "archive_unavailable");
}

TEST_F(ArchiveRclone, ThatIsKilledWhileItGivesIsAnErrorAndNoEnd) {
  rclone_is("printf half; kill -9 $$");
  EXPECT_EQ(read_all(*place_, "2026/11/a").error().code, "archive_unavailable");
}

TEST_F(ArchiveRclone, WhatItComplainsOfIsToldInOneLineWithoutCredentials) {
  rclone_is("echo first >&2; echo 'put https://ann:secret@host.example/bucket failed: denied' >&2; echo >&2; exit 7");
  const auto result = put(*place_, "2026/11/a", "one");
  expect_unavailable(result, "exit code 7");
  EXPECT_THAT(result.error().text, HasSubstr("https://host.example/bucket failed: denied"));
  EXPECT_THAT(result.error().text, Not(HasSubstr("secret")));
  EXPECT_THAT(result.error().text, Not(HasSubstr("first")));
}

TEST_F(ArchiveRclone, AThousandComplaintsDoNotStopIt) {
  rclone_is(
      "i=0; while [ $i -lt 3000 ]; do echo 'a complaint that is as long as a line may well be' >&2; i=$((i+1)); "
      "done; printf good");
  EXPECT_EQ(*read_all(*place_, "2026/11/a"), "good");
}

TEST_F(ArchiveRclone, ARemoteThatGivesBackSomethingElseDoesNotHoldIt) {
  rclone_is("test \"$1\" = cat && printf other; exit 0");
  expect_unavailable(put(*place_, "2026/11/a", "one"), "something else");
}

TEST_F(ArchiveRclone, IsEndedWhenNobodyReadsOn) {
  rclone_is("echo $$ >" + directory_.file("pid") + "; while :; do printf 0123456789abcdef; done");
  pid_t pid = 0;
  {
    auto source = *place_->open("2026/11/a");
    std::array<char, 16> bytes;
    ASSERT_GT(*source->read(bytes), 0U);
    std::ifstream(directory_.file("pid")) >> pid;
    ASSERT_GT(pid, 0);
  }
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(ArchiveRclone, IsEndedWhenItIsInterrupted) {
  // The first waits before it says anything, the second after it has closed its output.
  for (const char* waits : {"exec sleep 600", "exec >&-; exec sleep 600"}) {
    rclone_is("echo $$ >" + directory_.file("new") + "; mv " + directory_.file("new") + " " + directory_.file("pid") +
              "; " + waits);
    const auto place = *make_place("rclone:remote:bucket/positions");
    Result<std::vector<std::string>> listed;
    std::thread listing([&] { listed = place->list("2026/11"); });
    pid_t pid = 0;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (pid == 0 && std::chrono::steady_clock::now() < deadline) std::ifstream(directory_.file("pid")) >> pid;
    place->interrupt();
    listing.join();
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().code, "archive_unavailable");
    ASSERT_GT(pid, 0);
    EXPECT_NE(::kill(pid, 0), 0);
    EXPECT_FALSE(place->list("2026/11")) << "from now on";
    ::unlink(directory_.file("pid").c_str());
  }
}

TEST(ArchiveRemote, AServerThatIsGoneIsAnError) {
  WebdavServer server;
  const Variable type("RCLONE_CONFIG_FIELDCASTGONE_TYPE", "webdav");
  const Variable url("RCLONE_CONFIG_FIELDCASTGONE_URL", server.url());
  const auto place = *make_place("rclone:fieldcastgone:a");
  ASSERT_TRUE(put(*place, "2026/11/a", "one"));
  server.stop();
  expect_unavailable(put(*place, "2026/11/b", "two"), "refused");
  EXPECT_EQ(read_all(*place, "2026/11/a").error().code, "archive_unavailable");
  EXPECT_EQ(place->list("2026/11").error().code, "archive_unavailable");
}

}  // namespace
}  // namespace fieldcast::archive::contract
