// What was acknowledged survives kill -9: a child process submits to a Store and
// writes what was acknowledged into a pipe; it is killed at a random moment.
#include "contract/store_contract.hpp"
#include "contract/temporary_directory.hpp"
#include "fieldcast/store/store.hpp"

#include <random>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace fieldcast::store::contract {
namespace {

constexpr std::int64_t base_ms = 1'700'000'000'000;
constexpr std::uint64_t agents = 20;

AgentPosition nth_position(std::uint64_t n) {
  const std::string agent = "a" + std::to_string(n % agents);
  return make_position(make_agent(agent.c_str()), base_ms + static_cast<std::int64_t>(n));
}

/// Never returns: it is killed.
[[noreturn]] void submit_for_ever(const std::string& file, int acknowledged_fd) {
  Settings settings;
  settings.flush_after = milliseconds{1};
  settings.flush_fixes = 50;
  Store store(make_sqlite_engine({.file = file, .cache_kib = 1'024}), settings,
              [acknowledged_fd](std::uint32_t, const std::vector<WriteResult>& results) {
                std::vector<std::uint64_t> numbers;
                for (const WriteResult& result : results)
                  if (result.committed) numbers.push_back(result.request);
                const auto bytes = numbers.size() * sizeof(std::uint64_t);
                if (::write(acknowledged_fd, numbers.data(), bytes) != static_cast<ssize_t>(bytes)) ::_exit(1);
              },
              {});
  for (std::uint64_t n = 0;;) {
    WriteRequest request = make_request({nth_position(n)});
    request.request = n;
    if (store.waiting_fixes() < 2'000 && store.submit(std::move(request)))
      ++n;
    else
      std::this_thread::yield();
  }
}

/// The pipe must never fill: read until the child is dead.
std::set<std::uint64_t> acknowledged_before_kill(pid_t child, int fd, std::size_t kill_after) {
  std::set<std::uint64_t> acknowledged;
  std::uint64_t number = 0;
  bool killed = false;
  while (::read(fd, &number, sizeof number) == sizeof number) {
    acknowledged.insert(number);
    if (!killed && acknowledged.size() >= kill_after) {
      ::kill(child, SIGKILL);
      killed = true;
    }
  }
  return acknowledged;
}

std::set<std::pair<std::string, std::int64_t>> stored_keys(const std::string& file) {
  const auto engine = make_sqlite_engine({.file = file});
  EXPECT_TRUE(engine->migrate());
  auto reader = engine->open_reader();
  std::set<std::pair<std::string, std::int64_t>> keys;
  for (std::uint64_t i = 0; i < agents; ++i) {
    const std::string agent = "a" + std::to_string(i);
    auto positions = (*reader)->history(
        {.agent = {OrgId("acme"), AgentId(agent)}, .after = {}, .limit = std::numeric_limits<std::size_t>::max()});
    EXPECT_TRUE(positions) << positions.error().text;
    for (const Position& position : *positions) keys.emplace(agent, to_unix_ms(position.fix.recorded_at));
  }
  EXPECT_EQ((*reader)->counts()->positions, keys.size());
  return keys;
}

TEST(StoreAfterACrash, HasEveryFixThatWasAcknowledged) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  for (int round = 0; round < 10; ++round) {
    const TemporaryDirectory directory;
    const std::string file = directory.file("crash.db");
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const std::size_t kill_after = std::uniform_int_distribution<std::size_t>(1, 3'000)(random);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      submit_for_ever(file, ends[1]);
    }
    ::close(ends[1]);
    const auto acknowledged = acknowledged_before_kill(child, ends[0], kill_after);
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ASSERT_GE(acknowledged.size(), kill_after);
    const auto stored = stored_keys(file);
    for (const std::uint64_t n : acknowledged) {
      const AgentPosition position = nth_position(n);
      ASSERT_TRUE(stored.contains({position.agent->agent.str(), to_unix_ms(position.position.fix.recorded_at)}))
          << "acknowledged fix " << n << " is lost; killed after " << kill_after;
    }
  }
}

}  // namespace
}  // namespace fieldcast::store::contract
