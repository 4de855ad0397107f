// What waits for one slow socket: bounded in messages and bytes.
//
// Positions do not wait here: a watcher that is behind is told the latest when
// its socket takes more (see Watch). Here wait answers, snapshot parts, presence
// and events, which must not be lost: when they do not fit, push says so, and the
// owner closes the socket with a code that makes the client resume.
// A message above bytes_max is taken when nothing else waits, or its client could never have it.
// Threads: one. Memory while empty: none at first, then room for as many items (32 bytes each)
// as waited together, 8 at most.
#pragma once

#include "fieldcast/domain/message.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::rooms {

struct OutboxLimits {
  std::size_t messages_max = 1'024;
  std::size_t bytes_max = 1'048'576;
  std::size_t update_bytes_max = 65'536;  // above it, updates are no longer queued: the watcher is behind
};

class Outbox {
 public:
  enum class Form : std::uint8_t { frame, payload };

  /// False: over the limits; nothing was queued.
  [[nodiscard]] bool push(MessagePtr message, Form form, const OutboxLimits& limits);
  /// Bytes of this connection alone: control frames, HTTP heads, answers.
  [[nodiscard]] bool push(std::string own, const OutboxLimits& limits);

  bool empty() const { return head_ == items_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t messages() const { return items_.size() - head_; }

  /// Fills up to `max` views to write, in order; returns how many.
  std::size_t gather(std::string_view* views, std::size_t max) const;
  /// `written` bytes left; frees what is done.
  void consume(std::size_t written);
  void clear();

 private:
  struct Item {
    std::shared_ptr<const void> owner;  // a shared message, or bytes of this connection alone
    std::string_view bytes;
  };

  bool push(std::shared_ptr<const void> owner, std::string_view bytes, const OutboxLimits& limits);
  bool fits(std::size_t bytes, const OutboxLimits& limits) const;

  std::vector<Item> items_;
  std::size_t head_ = 0;
  std::size_t head_written_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace fieldcast::rooms
