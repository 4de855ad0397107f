// One consumer of rooms on a shard: a WebSocket, an event stream, a waiting poll.
#pragma once

#include "fieldcast/access/claims.hpp"
#include "fieldcast/domain/message.hpp"
#include "fieldcast/domain/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace fieldcast::hub {

using ClientId = std::uint64_t;  // unique in the process, never reused

/// A message for a client, and where it stands after it.
struct Delivery {
  MessagePtr message;
  std::string_view cursor;  // resume from here; empty: the message moves nothing
  bool news = true;         // false: a resumed snapshot in which nothing had changed
};

/// Threads: the shard's. Called by the hub; must not call the hub back from inside.
class Client {
 public:
  virtual ~Client() = default;
  /// Takes a message; never fails towards the hub (a client that cannot take it closes itself).
  virtual void deliver(const Delivery& delivery) = 0;
  /// True while it keeps up. Otherwise it gets no updates until it calls Hub::writable.
  virtual bool ready() const = 0;
  /// The hub wants it gone: replaced, or no longer permitted.
  virtual void close(const Outcome& outcome) = 0;
};

}  // namespace fieldcast::hub
