#include "connection.hpp"

#include "shard.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <sys/epoll.h>

namespace fieldcast::transport {

namespace {
constexpr std::size_t gathered_max = 64;
constexpr int tls_reads_per_turn = 16;
constexpr rooms::OutboxLimits unlimited{std::numeric_limits<std::size_t>::max(),
                                        std::numeric_limits<std::size_t>::max(),
                                        std::numeric_limits<std::size_t>::max()};
}  // namespace

Connection::Connection(Shard& shard, FileDescriptor descriptor)
    : shard_(shard), socket_(std::move(descriptor)), last_sent_(shard.now().steady), progress_(last_sent_) {}

bool Connection::open(std::unique_ptr<Protocol> first) {
  protocol_ = std::move(first);
  interest_ = EPOLLIN;
  return shard_.reactor().add(socket_.number(), interest_, *this);
}

void Connection::replace(std::unique_ptr<Protocol> next) {
  shard_.bury(std::move(protocol_));
  protocol_ = std::move(next);
}

bool Connection::start_tls() { return shard_.tls() == nullptr || socket_.start_tls(shard_.tls()); }

bool Connection::queue(MessagePtr message, rooms::Outbox::Form form) {
  want_flush();
  return outbox_.push(std::move(message), form, shard_.settings().outbox);
}

bool Connection::queue(std::string own) {
  want_flush();
  return outbox_.push(std::move(own), shard_.settings().outbox);
}

void Connection::queue_always(std::string own) {
  want_flush();
  static_cast<void>(outbox_.push(std::move(own), unlimited));
}

void Connection::queue_always(MessagePtr payload) {
  want_flush();
  static_cast<void>(outbox_.push(std::move(payload), rooms::Outbox::Form::payload, unlimited));
}

// A frame that the peer has seen the beginning of must be completed, and so must what TLS has encrypted.
void Connection::drop_queue() {
  if (outbox_.empty()) return;
  std::array<std::string_view, gathered_max> views;
  const std::size_t count = outbox_.gather(views.data(), views.size());
  std::string kept(views[0]);
  for (std::size_t i = 1; i < count && kept.size() < socket_.owed(); ++i) kept.append(views[i]);
  outbox_.clear();
  queue_always(std::move(kept));
}

bool Connection::ready() const {
  return !behind_ && outbox_.bytes() < shard_.settings().outbox.update_bytes_max && !ended_;
}

void Connection::pause_reading() {
  reading_ = false;
  update_interest();
}

void Connection::resume_reading() {
  reading_ = true;
  update_interest();
  if (socket_.has_pending()) shard_.want_read(*this);
}

void Connection::wake_by(SteadyTime due) {
  if (due == never || ended_) return;
  if (!scheduled() || shard_.wheel().due(*this) > due) shard_.wheel().schedule(*this, due);
}

void Connection::want_flush() {
  if (flush_wanted_ || ended_) return;
  flush_wanted_ = true;
  shard_.want_flush(*this);
}

void Connection::cut() {
  cut_ = true;
  want_flush();
}

void Connection::end() {
  if (ended_) return;
  ended_ = true;
  shard_.reactor().remove(socket_.number());
  shard_.wheel().cancel(*this);
  socket_.close();
  outbox_.clear();
  count_queue();
  shard_.bury(*this);
  protocol_->on_gone();
}

void Connection::on_ready(std::uint32_t events) {
  if (ended_) return;
  const bool listening = reading_ && !input_ended_;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0 && !listening) return end();  // otherwise read finds out
  const bool may_read = (events & EPOLLOUT) == 0 || (events & EPOLLIN) != 0 || socket_.read_wants_write();
  if (may_read) read();
  // TLS may have waited for input in order to write.
  if (ended_ || ((events & EPOLLOUT) == 0 && !(blocked_ && !socket_.wants_write()))) return;
  blocked_ = false;
  want_flush();
}

void Connection::read() {
  for (int round = 0; !ended_ && reading_ && !input_ended_; ++round) {
    if (round == tls_reads_per_turn) return shard_.want_read(*this);
    const std::span<char> buffer = shard_.read_buffer();
    const std::size_t wanted = std::min(buffer.size(), protocol_->bytes_wanted());
    const Socket::Transfer got = socket_.read(buffer.first(wanted));
    if (got.status == Socket::Status::failed) return end();
    if (got.status == Socket::Status::blocked) break;
    if (got.status == Socket::Status::closed) {
      input_ended_ = true;
      if (!protocol_->on_end_of_input()) return end();
      break;
    }
    shard_.count_in(got.bytes);
    protocol_->on_bytes(buffer.first(got.bytes), buffer.size() - got.bytes + Shard::padding_bytes);
    if (ended_ || !socket_.has_pending()) break;
  }
  if (!ended_) update_interest();
}

void Connection::update_interest() {
  if (ended_) return;
  std::uint32_t wanted = 0;
  if (reading_ && !input_ended_) wanted |= EPOLLIN;
  if (socket_.wants_write()) wanted |= EPOLLOUT;
  if (wanted == interest_) return;
  interest_ = wanted;
  shard_.reactor().change(socket_.number(), wanted, *this);
}

// True when all is written. Ends the connection when the socket fails.
bool Connection::write() {
  std::array<std::string_view, gathered_max> views;
  while (!outbox_.empty()) {
    const std::size_t count = outbox_.gather(views.data(), views.size());
    const Socket::Transfer wrote = socket_.write(std::span(views).first(count), shard_.write_scratch());
    if (wrote.status == Socket::Status::blocked) return false;
    if (wrote.status != Socket::Status::done) {
      end();
      return false;
    }
    outbox_.consume(wrote.bytes);
    shard_.count_out(wrote.bytes);
    last_sent_ = progress_ = shard_.now().steady;
  }
  return true;
}

void Connection::flush() {
  flush_wanted_ = false;
  if (ended_) return;
  const bool was_behind = !ready();
  if (!behind_) progress_ = shard_.now().steady;
  const bool drained = blocked_ ? outbox_.empty() : write();
  if (ended_) return;
  blocked_ = behind_ = !drained;
  if (blocked_ || interest_ != EPOLLIN) update_interest();
  if (blocked_) wake_by(progress_ + shard_.settings().write_stall_max);
  if (blocked_ || bytes_counted_ != 0) count_queue();
  if (cut_) return end();
  protocol_->on_flushed(drained, was_behind);
}

void Connection::on_due() {
  const Now& now = shard_.now();
  const SteadyTime stalled_at = blocked_ ? progress_ + shard_.settings().write_stall_max : never;
  if (now.steady >= stalled_at) protocol_->on_stalled();
  if (ended_) return;
  SteadyTime due = protocol_->on_timer(now);
  if (ended_) return;
  if (blocked_ && now.steady < stalled_at) due = std::min(due, stalled_at);
  wake_by(due);
}

void Connection::count_queue() {
  const auto bytes = static_cast<std::uint32_t>(std::min<std::size_t>(outbox_.bytes(), UINT32_MAX));
  if (bytes != bytes_counted_) shard_.counters().outbox_bytes.fetch_add(std::uint64_t{bytes} - bytes_counted_);
  bytes_counted_ = bytes;
}

}  // namespace fieldcast::transport
