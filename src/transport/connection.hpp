// One accepted socket in its shard's loop: reads, queues, writes, and times.
//
// What it means is the Protocol's matter, which may be replaced by another one on the way.
// Threads: its shard's. Memory: with an idle WebSocket on it, below 400 bytes for both.
#pragma once

#include "fieldcast/base/timer_wheel.hpp"
#include "fieldcast/rooms/outbox.hpp"
#include "protocol.hpp"
#include "reactor.hpp"
#include "socket.hpp"

#include <memory>
#include <string>

namespace fieldcast::transport {

class Shard;

class Connection final : public Reactor::Watched, public TimerWheel::Entry {
 public:
  Connection(Shard& shard, FileDescriptor descriptor);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Registers with the reactor. False: the system refuses.
  bool open(std::unique_ptr<Protocol> first);
  /// The protocol that calls it is destroyed at the end of the turn.
  void replace(std::unique_ptr<Protocol> next);
  Protocol& protocol() { return *protocol_; }
  Shard& shard() { return shard_; }
  const Shard& shard() const { return shard_; }
  bool start_tls();
  bool is_tls() const { return socket_.is_tls(); }
  bool handshake_done() const { return socket_.handshake_done(); }

  // Output: queued here, written at the end of the turn.
  /// False: over the outbox's limits; nothing was queued.
  bool queue(MessagePtr message, rooms::Outbox::Form form);
  bool queue(std::string own);
  /// For what is bounded elsewhere: responses, the last words.
  void queue_always(std::string own);
  void queue_always(MessagePtr payload);
  /// Forgets what is queued, but for a piece that has been written in part.
  void drop_queue();
  bool ready() const;
  std::size_t queued_bytes() const { return outbox_.bytes(); }
  SteadyTime last_sent() const { return last_sent_; }

  // Input.
  void pause_reading();
  void resume_reading();

  /// Asks for on_timer at this time or earlier.
  void wake_by(SteadyTime due);
  void want_flush();
  /// Ends at the end of the turn, after one try to write what is queued.
  void cut();
  /// No more output; the peer sees the end. What it still sends is read.
  void finish_writing() { socket_.finish_writing(); }
  /// Ends now. Protocols call it from on_flushed, on_bytes, on_timer only.
  void end();
  bool ended() const { return ended_; }

  // For the shard.
  void on_ready(std::uint32_t events) override;
  void on_due();
  void flush();
  std::size_t place = 0;  // in the shard's table

 private:
  void read();
  bool write();
  void update_interest();
  void count_queue();

  Shard& shard_;
  Socket socket_;
  std::unique_ptr<Protocol> protocol_;
  rooms::Outbox outbox_;
  SteadyTime last_sent_;
  SteadyTime progress_;  // when something could last be written, or had not to be
  std::uint32_t interest_ = 0;
  std::uint32_t bytes_counted_ = 0;
  bool ended_ = false;
  bool cut_ = false;
  bool flush_wanted_ = false;
  bool blocked_ = false;  // the system took no more; it will tell
  bool behind_ = false;   // since then not everything was written
  bool reading_ = true;
  bool input_ended_ = false;
};

}  // namespace fieldcast::transport
