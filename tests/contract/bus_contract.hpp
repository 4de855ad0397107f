// What every bus must do: one suite, instantiated for each body.
#pragma once

#include "fieldcast/bus/bus.hpp"

#include <condition_variable>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace fieldcast::bus::contract {

/// Instances that can hear each other, and nobody else.
class Network {
 public:
  virtual ~Network() = default;
  virtual std::unique_ptr<Bus> join(Listener listener) = 0;
};

struct Body {
  std::string name;
  std::function<std::unique_ptr<Network>()> make_network;
};

TeamKey make_team(const char* team, const char* org = "acme");
/// One position whose time is `number`.
PublicationPtr make_publication(const TeamKey& team, std::int64_t number);
std::int64_t number_of(const Publication& publication);

/// Keeps what a listener was told.
class Heard {
 public:
  Listener listener();
  /// Waits until `count` publications came; their numbers, in order.
  std::vector<std::int64_t> wait_for(std::size_t count);
  std::vector<std::int64_t> numbers_of(const TeamKey& team);
  std::vector<TeamKey> gaps();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PublicationPtr> publications_;
  std::vector<TeamKey> gaps_;
};

class BusContract : public testing::TestWithParam<Body> {
 protected:
  void SetUp() override { network_ = GetParam().make_network(); }
  std::unique_ptr<Bus> join(Heard& heard) { return network_->join(heard.listener()); }

  std::unique_ptr<Network> network_;
};

}  // namespace fieldcast::bus::contract
