// A connection that comes back: token, welcome, liveness, close codes, back-off.
//
// Threads: the network's loop. Must outlive the loop's run.
#pragma once

#include "fieldcast/simulate/histogram.hpp"
#include "wire.hpp"

#include <functional>
#include <map>

namespace fieldcast::simulate {

/// What happened to all connections of one kind together.
struct ClientCounts {
  std::uint64_t up = 0;        // now, with their welcome
  std::uint64_t welcomes = 0;  // ever
  std::uint64_t failures = 0;  // attempts that did not come to a welcome
  std::uint64_t lost = 0;      // connections that ended after their welcome, unless we left
  std::uint64_t given_up = 0;  // clients that must not come back
  std::uint64_t unreadable = 0;
  std::map<std::string, std::uint64_t> ends;  // "4101", "http 503", "1006" → how often
  std::string last_end;                       // for people
  Histogram back;                             // from a lost connection to the next welcome
};

/// Makes the token of the next connection.
using MakeToken = std::function<Result<std::string>()>;

class Client : private WireListener {
 public:
  Client(Network& network, const Destination& server, ClientCounts& counts, MakeToken make_token,
         std::size_t read_bytes);
  virtual ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Connects, and from then on comes back whenever the connection ends.
  void start();
  /// Says goodbye and stays away until start().
  void leave();
  bool up() const { return state_ == State::up; }
  bool given_up() const { return state_ == State::given_up; }

  /// Called once a second.
  void check(SteadyTime now);

 protected:
  virtual void on_welcome(const ServerReply& welcome) = 0;
  /// Any message but welcome, goaway and token_expiring. `text` is the message as it came.
  virtual void on_reply(const ServerReply& reply, std::string_view text) = 0;
  /// The connection has ended, by whosever wish.
  virtual void on_down() = 0;
  virtual void on_given_up(const WireEnd&) {}

  void send(std::string_view text) { wire_.send(text); }
  void flush() { wire_.flush(); }
  Network& network() { return network_; }

 private:
  enum class State : std::uint8_t { away, connecting, up, waiting, given_up };
  void connect();
  void on_open() override {}  // the welcome decides
  void on_text(std::string_view text, std::size_t readable_after) override;
  void on_end(const WireEnd& end) override;
  void handle_welcome(const ServerReply& welcome);
  void renew_token();
  void come_back(const WireEnd& end);
  void give_up(const WireEnd& end);
  void go_down();

  Network& network_;
  ClientCounts& counts_;
  MakeToken make_token_;
  Wire wire_;
  Backoff backoff_;
  SteadyTime since_{};  // of the present state
  std::optional<SteadyTime> lost_at_;
  double heartbeat_s_ = 25;
  std::optional<std::pair<milliseconds, milliseconds>> goaway_;  // when to come back after the close that follows
  std::uint32_t attempt_ = 0;                                    // tells apart a planned reconnect from an outdated one
  State state_ = State::away;
};

}  // namespace fieldcast::simulate
