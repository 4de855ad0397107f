// Whole runs of the commands against a tiny server on a free port.
#include "fieldcast/simulate/replay.hpp"
#include "fieldcast/simulate/simulate.hpp"
#include "fieldcast/simulate/watch.hpp"
#include "tiny_server.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace fieldcast::simulate {
namespace {

using Json = nlohmann::json;

class ClientRuns : public testing::Test {
 protected:
  void SetUp() override {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) / (std::string("fieldcast_runs_") + test->name());
    std::filesystem::create_directories(folder_);
    std::ofstream track(folder_ / "x_007_20081027000000.plt");
    for (int i = 0; i < 6; ++i) track << "head\n";
    for (int i = 0; i < 45; ++i) track << "1.5,2.5,0,10,1,2008-10-27,00:00:" << (i < 10 ? "0" : "") << i << "\n";
    track << "1.5,2.5,0,10,1,2008-10-27,00:00:07\n";  // once more, and backwards
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  ServerOptions server_options() const {
    ServerOptions options;
    options.url = server_.url();
    options.credentials.token = "gateway-token";
    options.backoff = {milliseconds{1}, milliseconds{10}, milliseconds{30'000}};
    return options;
  }
  ReplayOptions replay_options() const {
    ReplayOptions options;
    options.server = server_options();
    options.folder = folder_.string();
    options.speed = 0;
    options.summary_every = seconds{0};
    options.json = true;
    options.acked_file = (folder_ / "acked").string();
    options.give_up_after = seconds{10};
    return options;
  }
  /// Exit code; report_ is the last line that was printed.
  template <class Run>
  int captured(Run run) {
    testing::internal::CaptureStdout();
    const int code = run();
    const std::string printed = testing::internal::GetCapturedStdout();
    server_.stop();
    const std::size_t line = printed.rfind('\n', printed.size() - 2);
    report_ = Json::parse(printed.substr(line + 1), nullptr, false);
    return code;
  }
  int replay(const ReplayOptions& options) {
    return captured([&] { return run_replay(options); });
  }
  std::size_t acked_lines() const {
    std::ifstream in(folder_ / "acked");
    std::size_t lines = 0;
    for (std::string line; std::getline(in, line);) ++lines;
    return lines;
  }

  TinyServer server_;
  std::filesystem::path folder_;
  Json report_;
};

TEST_F(ClientRuns, ReplayDeliversATrackInBatchesOfTheServersSize) {
  EXPECT_EQ(replay(replay_options()), 0);
  EXPECT_EQ(server_.stored.size(), 45u);
  EXPECT_EQ(report_["fixes"]["accepted"], 45);
  EXPECT_EQ(report_["fixes"]["duplicates"], 1);
  EXPECT_EQ(report_["fixes"]["messages"], 5);
  EXPECT_EQ(acked_lines(), 46u);
  EXPECT_EQ(server_.connections, 1);
}

TEST_F(ClientRuns, ReplaySendsAgainWhatWasStoredButNotAcknowledged) {
  int batches = 0;
  server_.on_message = [&](TinyServer::Peer& peer, const Json& message) {
    if (++batches % 3 != 0 || batches > 12) return false;
    server_.store(message);
    peer.cut();
    return true;
  };
  EXPECT_EQ(replay(replay_options()), 0);
  EXPECT_EQ(server_.stored.size(), 45u);
  EXPECT_GT(server_.connections, 1);
  EXPECT_GT(report_["fixes"]["duplicates"], 1);
  EXPECT_GT(report_["agent_connections"]["lost"], 0);
  EXPECT_EQ(acked_lines(), 46u);
}

TEST_F(ClientRuns, ReplayKeepsWhatTheServerCouldNotStore) {
  int batches = 0;
  server_.on_message = [&](TinyServer::Peer& peer, const Json& message) {
    if (++batches > 2) return false;
    peer.say({{"type", "error"}, {"id", message["id"]}, {"code", "store_unavailable"}, {"retry_after_s", 0.05}});
    return true;
  };
  EXPECT_EQ(replay(replay_options()), 0);
  EXPECT_EQ(server_.stored.size(), 45u);
  EXPECT_EQ(report_["fixes"]["refused"], 2);
  EXPECT_EQ(server_.connections, 1);
}

TEST_F(ClientRuns, ReplayLeavesFixesThatWereSetAsideOutOfTheLedger) {
  server_.on_message = [&](TinyServer::Peer& peer, const Json& message) {
    Json ack = server_.store(message);
    ack["accepted"] = ack["accepted"].get<int>() - 1;
    ack["quarantined"] = Json::array({{{"index", 0}, {"code", "latitude_out_of_range"}}});
    peer.say(ack);
    return true;
  };
  EXPECT_EQ(replay(replay_options()), 0);
  EXPECT_EQ(report_["fixes"]["quarantined"], 5);
  EXPECT_EQ(acked_lines(), 41u);
}

TEST_F(ClientRuns, ReplayComesBackWhenItIsToldTo) {
  server_.on_message = [](TinyServer::Peer& peer, const Json&) {
    if (peer.number > 2) return false;
    peer.close(peer.number == 1 ? 4101 : 4200);
    return true;
  };
  EXPECT_EQ(replay(replay_options()), 0);
  EXPECT_EQ(server_.connections, 3);
  EXPECT_EQ(report_["agent_connections"]["ends"]["4101"], 1);
  EXPECT_EQ(report_["agent_connections"]["ends"]["4200"], 1);
}

TEST_F(ClientRuns, ReplayStaysAwayWhenItIsToldTo) {
  server_.on_message = [&](TinyServer::Peer& peer, const Json&) {
    peer.close(4003);
    return true;
  };
  EXPECT_EQ(replay(replay_options()), 1);
  EXPECT_EQ(server_.connections, 1);
  EXPECT_EQ(report_["agent_connections"]["given_up"], 1);
  EXPECT_EQ(acked_lines(), 0u);
}

TEST_F(ClientRuns, ReplayGivesUpWhenTheUpgradeIsRefused) {
  server_.refuse_status = 401;
  EXPECT_EQ(replay(replay_options()), 1);
  EXPECT_EQ(report_["agent_connections"]["ends"]["http 401"], 1);
}

TEST_F(ClientRuns, ReplayEndsWithoutProgressWhenNobodyListens) {
  ReplayOptions options = replay_options();
  server_.stop();
  options.server.url = "ws://127.0.0.1:1";
  options.give_up_after = seconds{1};
  EXPECT_EQ(replay(options), 1);
  EXPECT_GT(report_["agent_connections"]["failures"], 1);
}

TEST_F(ClientRuns, ReplaySaysWhyItCannotStart) {
  ReplayOptions options = replay_options();
  options.folder = (folder_ / "absent").string();
  EXPECT_EQ(run_replay(options), 2);
  options = replay_options();
  options.server.url = "nonsense";
  EXPECT_EQ(run_replay(options), 2);
  options = replay_options();
  options.server.credentials.token.clear();
  EXPECT_EQ(run_replay(options), 2);
  options = replay_options();
  options.acked_file = (folder_ / "absent" / "acked").string();
  EXPECT_EQ(run_replay(options), 2);
}

class SimulationRuns : public ClientRuns {
 protected:
  int simulate(SimulateOptions options) {
    options.server = server_options();
    options.agents = 3;
    options.interval = milliseconds{40};
    options.duration = seconds{1};
    options.ramp = milliseconds{0};
    options.summary_every = seconds{0};
    options.json = true;
    return captured([&] { return run_simulate(options); });
  }
  /// Acknowledges, and shows the dashboards every position as `shown` makes it.
  void relay(std::function<void(Json&)> shown) {
    server_.on_message = [this, shown = std::move(shown)](TinyServer::Peer& peer, const Json& message) {
      if (message["type"] == "subscribe") {
        watchers_.push_back(peer.shared_from_this());
        return false;
      }
      peer.say(server_.store(message));
      const Json positions = message["type"] == "position" ? Json::array({message}) : message["positions"];
      for (Json position : positions) {
        shown(position);
        for (const auto& watcher : watchers_)
          watcher->say({{"type", "update"}, {"room", "team:north"}, {"positions", Json::array({position})}});
      }
      return true;
    };
  }
  void TearDown() override {
    watchers_.clear();
    ClientRuns::TearDown();
  }
  std::vector<std::shared_ptr<TinyServer::Peer>> watchers_;
};

TEST_F(SimulationRuns, DeliverEveryFixAndMeasureItsWayToTheDashboards) {
  relay([](Json&) {});
  SimulateOptions options;
  options.watchers = 2;
  EXPECT_EQ(simulate(options), 0);
  const int recorded = report_["fixes"]["recorded"];
  EXPECT_GT(recorded, 30);
  EXPECT_EQ(server_.stored.size(), static_cast<std::size_t>(recorded));
  EXPECT_EQ(report_["watch"]["positions"], 2 * recorded);
  EXPECT_EQ(report_["outdated"], 0);
  EXPECT_GT(report_["latency_ms"]["count"], recorded);
  EXPECT_LT(report_["latency_ms"]["p50"], 1'000);
  EXPECT_EQ(server_.subscribed.size(), 2u);
}

TEST_F(SimulationRuns, FailWhenADashboardSeesAnAgentGoBack) {
  int count = 0;
  relay([&count](Json& position) {
    if (++count % 10 == 0) position["recorded_at"] = "2020-01-01T00:00:00.000Z";
  });
  SimulateOptions options;
  options.watchers = 1;
  EXPECT_EQ(simulate(options), 1);
  EXPECT_GT(report_["watch"]["went_back"], 0);
}

TEST_F(SimulationRuns, FailWhenADashboardIsLeftBehind) {
  int count = 0;
  relay([&count](Json& position) {
    if (++count > 20) position["agent"] = "somebody-else";
  });
  SimulateOptions options;
  options.watchers = 1;
  EXPECT_EQ(simulate(options), 1);
  EXPECT_EQ(report_["outdated"], 3);
}

TEST_F(SimulationRuns, FlushTheBacklogOfTimesWithoutNetworkInBatches) {
  bool batches = false;
  server_.on_message = [&](TinyServer::Peer&, const Json& message) {
    batches = batches || message["type"] == "positions";
    return false;
  };
  SimulateOptions options;
  options.offline_share = 0.9;
  options.offline_spell = seconds{1};
  options.loss = 0.2;
  EXPECT_EQ(simulate(options), 0);
  const int recorded = report_["fixes"]["recorded"];
  // An ack that comes when the agent has left is lost; the same fixes are duplicates the next time.
  EXPECT_EQ(report_["fixes"]["accepted"].get<int>() + report_["fixes"]["duplicates"].get<int>(), recorded);
  EXPECT_EQ(server_.stored.size(), static_cast<std::size_t>(recorded));
  EXPECT_TRUE(batches);
  EXPECT_FALSE(server_.closes.empty()) << "an agent that leaves says goodbye";
}

TEST_F(SimulationRuns, OnlyConnectWhenIdle) {
  SimulateOptions options;
  options.idle = true;
  EXPECT_EQ(simulate(options), 0);
  EXPECT_EQ(report_["fixes"]["recorded"], 0);
  EXPECT_EQ(report_["agent_connections"]["welcomes"], 1) << "one gateway line";
}

TEST_F(ClientRuns, WatchPrintsLinesAndResumesFromItsCursor) {
  server_.on_message = [this](TinyServer::Peer& peer, const Json& message) {
    server_.answer(peer, message);
    peer.say_text(R"({"type":"update","room":"team:north","cursor":"c-2","positions":[{"agent":"a1","name":"Asha",)"
                  R"("lat":1.5,"lon":2.5,"recorded_at":"2024-05-01T10:00:00.000Z","speed_mps":7.25}]})");
    peer.close(peer.number == 1 ? 4101 : 4001);
    return true;
  };
  WatchOptions options;
  options.server = server_options();
  options.rooms = {"team:north"};
  options.window = milliseconds{250};
  options.viewport = Viewport{-1, -2, 3, 4};
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_watch(options), 1) << "the second close was for good";
  const std::string printed = testing::internal::GetCapturedStdout();
  server_.stop();
  EXPECT_NE(printed.find("2024-05-01T10:00:00.000Z  team:north  a1 (Asha)  1.5, 2.5  7.3 m/s"), std::string::npos)
      << printed;
  ASSERT_EQ(server_.subscribed.size(), 2u);
  EXPECT_FALSE(server_.subscribed[0].contains("since"));
  EXPECT_EQ(server_.subscribed[0]["min_interval_ms"], 250);
  EXPECT_EQ(server_.subscribed[0]["viewport"], Json::parse("[-1,-2,3,4]"));
  EXPECT_EQ(server_.subscribed[1]["since"], "c-2");
}

}  // namespace
}  // namespace fieldcast::simulate
