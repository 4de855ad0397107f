// What waits for one slow socket: bounded in messages and bytes.
//
// Positions do not wait here: a watcher that is behind is told the latest when
// its socket takes more (see Watch). Here wait answers, snapshot parts, presence
// and events, which must not be lost: when they do not fit, push says so, and the
// owner closes the socket with a code that makes the client resume.
// Threads: one. Memory: none while empty.
#pragma once

#include "fieldcast/domain/message.hpp"

#include <cstddef>
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
  struct Item {
    MessagePtr message;  // shared text…
    std::string own;     // …or bytes of this connection alone (control frames, HTTP heads)
    Form form = Form::frame;
    std::string_view bytes() const;
  };

  /// False: over the limits; nothing was queued.
  [[nodiscard]] bool push(MessagePtr message, Form form, const OutboxLimits& limits);
  [[nodiscard]] bool push(std::string own, const OutboxLimits& limits);

  bool empty() const { return head_ == items_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t messages() const { return items_.size() - head_; }

  /// Fills up to `max` views to write, in order; returns how many.
  std::size_t gather(std::string_view* views, std::size_t max) const;
  /// `written` bytes left; frees what is done, and all memory once empty.
  void consume(std::size_t written);
  void clear();

 private:
  std::vector<Item> items_;
  std::size_t head_ = 0;
  std::size_t head_written_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace fieldcast::rooms
