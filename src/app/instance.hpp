// Everything that one running server owns, in the order in which it must end.
#pragma once

#include "fieldcast/ageing/worker.hpp"
#include "fieldcast/api/api.hpp"
#include "fieldcast/bus/bus.hpp"
#include "fieldcast/config/config.hpp"
#include "fieldcast/hub/hub.hpp"

#include <memory>
#include <vector>

namespace fieldcast::app {

class Instance {
 public:
  /// Opens the store, restores last-known positions, listens. Throws std::runtime_error when it cannot.
  Instance(const config::Config& config, access::VerifierPtr verifier);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  std::uint16_t port() const { return server_->port(); }
  /// New keys for every shard, a new certificate for new handshakes.
  void reload(access::VerifierPtr verifier);
  /// Readiness off, no new connections, sockets told to go over `over`, everything taken committed. Blocks.
  void drain(milliseconds over);

 private:
  void restore_positions();
  void register_gauges();
  void deliver(std::uint32_t shard, std::vector<store::WriteResult> results);
  void on_every_loop(const std::function<void(std::size_t)>& run);

  const config::Config config_;
  api::Settings api_settings_;
  api::Process process_;
  metrics::Metrics metrics_;
  hub::Wiring wiring_;
  store::Directory directory_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<ageing::Worker> keeping_;
  std::vector<std::unique_ptr<hub::Loop>> loops_;
  std::vector<std::unique_ptr<hub::Hub>> hubs_;
  std::unique_ptr<bus::Bus> bus_;  // its thread calls the hubs
  std::vector<std::unique_ptr<api::Api>> apis_;
  std::unique_ptr<transport::Server> server_;
};

}  // namespace fieldcast::app
