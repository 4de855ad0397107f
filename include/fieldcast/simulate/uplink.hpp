// An agent's half of the protocol, without I/O: what to send next, what an answer means.
//
// Keeps at most flights_max batches unacknowledged, stays below the limits that the server
// told in its welcome, waits when the server asks for it. Pure. Threads: one.
#pragma once

#include "fieldcast/access/token_bucket.hpp"
#include "fieldcast/simulate/fix_queue.hpp"
#include "fieldcast/simulate/server_reply.hpp"

#include <functional>

namespace fieldcast::simulate {

struct UplinkSettings {
  std::size_t flights_max = 4;
  std::size_t positions_per_message_max = 500;  // the server's own limit holds when it is lower
  std::size_t fixes_max = 1'000'000;            // that wait for a connection
};

/// What happened to the fixes of all agents together.
struct UplinkCounts {
  std::uint64_t recorded = 0;      // fixes given to push
  std::uint64_t sent = 0;          // fixes written, repetitions included
  std::uint64_t messages = 0;      // batches written, repetitions included
  std::uint64_t acks = 0;          // batches acknowledged
  std::uint64_t accepted = 0;      // by the acks' own words
  std::uint64_t duplicates = 0;    // "
  std::uint64_t quarantined = 0;   // "
  std::uint64_t refused = 0;       // batches to be sent again: the server could not take them
  std::uint64_t rejected = 0;      // fixes dropped: the server called their batch wrong
  std::uint64_t forgotten = 0;     // fixes dropped: the offline queue was full
  std::uint64_t odd_acks = 0;      // acks that do not add up, or for nothing under way
  std::uint64_t other_errors = 0;  // errors that concern no batch
};

/// A batch that the server has settled.
struct Settled {
  Flight flight;
  std::vector<std::uint32_t> quarantined;  // indexes into flight.fixes, ascending
};

class Uplink {
 public:
  /// `agent_ids`: names the agent of each fix in the text, as a gateway does; null for an agent's own connection.
  /// Both must outlive the uplink.
  Uplink(const UplinkSettings& settings, UplinkCounts& counts, const std::vector<std::string>* agent_ids);

  void push(QueuedFix fix);

  /// The server said welcome: messages may be sent.
  void on_welcome(const ServerReply& welcome);
  /// The connection is gone; flights go back into the queue.
  void on_lost();
  /// The batch that the ack settles.
  std::optional<Settled> on_ack(const ServerReply& ack);
  /// A refused batch waits for retry_after_s (1 s when absent) before anything more is sent; a wrong one is dropped.
  void on_error(const ServerReply& error, SteadyTime now);

  /// Replaces `text` by the next message. False: nothing to send now.
  bool next_message(SteadyTime now, std::string& text);
  /// When next_message is worth asking again although no answer has come; nothing when an answer decides.
  std::optional<SteadyTime> retry_at(SteadyTime now) const;

  const FixQueue& queue() const { return queue_; }

 private:
  void write_message(const Flight& flight, std::string& text) const;
  void append_fix(const QueuedFix& fix, std::string& text) const;

  const UplinkSettings& settings_;
  UplinkCounts& counts_;
  const std::vector<std::string>* agent_ids_;
  FixQueue queue_;
  access::TokenBucket bucket_;
  SteadyTime paused_until_{};
  std::size_t positions_per_message_;
  std::size_t message_bytes_ = 131'072;
  float messages_per_s_ = 100;
  bool welcome_ = false;
  bool throttled_ = false;
};

}  // namespace fieldcast::simulate
