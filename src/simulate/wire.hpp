// One WebSocket from the client's side: connect, TLS, upgrade, frames; no protocol, no reconnecting.
//
// Small texts are written at once, without a handler; what the kernel does not take waits in one buffer.
// Threads: the io_context's. Memory: the read buffer and a few hundred bytes.
#pragma once

#include "network.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace fieldcast::simulate {

/// Why a connection ended, or did not come about.
struct WireEnd {
  std::uint16_t close_code = 1006;  // 1006: no close frame came
  int http_status = 0;              // of a refused upgrade; 0 otherwise
  double retry_after_s = 0;         // that came with the refusal
  std::string reason;               // for people
};

class WireListener {
 public:
  virtual void on_open() = 0;
  virtual void on_text(std::string_view text, std::size_t readable_after) = 0;
  /// Once per open(), unless leave() came first. The wire may be opened anew from here.
  virtual void on_end(const WireEnd& end) = 0;

 protected:
  ~WireListener() = default;
};

class Wire {
 public:
  Wire(Network& network, const Destination& server, WireListener& listener, std::size_t read_bytes);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void open(std::string_view token);
  /// Queues a text frame; flush() writes what is queued.
  void send(std::string_view text);
  void flush();
  /// Says goodbye (1000) and ends without on_end.
  void leave();
  /// Ends as if the connection had been cut.
  void abort(std::string reason);

  SteadyTime heard_at() const;
  std::size_t unsent_bytes() const;

 private:
  struct Channel;
  Network& network_;
  const Destination& server_;
  WireListener& listener_;
  std::size_t read_bytes_;
  std::shared_ptr<Channel> channel_;  // the present connection; its handlers keep it alive
};

}  // namespace fieldcast::simulate
