// The protocol on the transport: HTTP calls, WebSocket conversations, event streams.
//
// One Api per shard, used on its thread only. What it may share is in Process.
#pragma once

#include "fieldcast/access/tickets.hpp"
#include "fieldcast/access/verifier.hpp"
#include "fieldcast/hub/hub.hpp"
#include "fieldcast/session/session.hpp"
#include "fieldcast/transport/application.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fieldcast::api {

struct Settings {
  session::Settings session;
  std::vector<std::string> cors_origins;  // exact; "*" any
  std::size_t request_positions_max = 10'000;
  std::size_t request_bytes_max = 8u << 20;  // of POST /v1/positions, before and after gzip
  std::size_t other_bytes_max = 65'536;      // of any other request
  seconds ticket_valid{30};
  seconds retry_after{5};              // told when the store is away
  std::size_t page_positions = 1'000;  // of history, read at once
  std::string web_root;                // empty: no dashboard
  std::string version;
};

/// What the whole process says of itself. Threads: any.
struct Process {
  std::atomic<bool> ready{false};
  std::atomic<bool> draining{false};
  SteadyTime started{};
  std::function<std::size_t()> connections;  // set before serving
};

class Context;

class Api : public transport::Application {
 public:
  /// `apis` of all shards are made before serving; ticket calls go to the first one's shard.
  Api(hub::Hub& hub, const Settings& settings, Process& process, access::VerifierPtr verifier);
  ~Api() override;

  /// New keys, from SIGHUP. On this shard's thread.
  void set_verifier(access::VerifierPtr verifier);
  /// The shard that keeps the tickets; set before serving.
  void set_ticket_office(Api& office);

  std::variant<transport::HttpResponse, std::size_t> on_head(const transport::HttpRequest& head) override;
  void on_request(transport::HttpRequest request, transport::HttpResponderPtr responder) override;
  std::variant<transport::HttpResponse, std::unique_ptr<transport::SocketHandler>> on_upgrade(
      const transport::HttpRequest& request) override;
  transport::HttpResponse refusal(const Outcome& outcome) override;

 private:
  std::optional<transport::HttpResponse> refuse_reporter(const transport::HttpRequest& head);

  std::unique_ptr<Context> context_;
};

}  // namespace fieldcast::api
