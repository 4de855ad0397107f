// A WebSocket client's bytes: decoded to a message within its limits, whatever they are.
#include "fieldcast/codec/client_message.hpp"

#include <cstdint>
#include <cstdlib>

using namespace fieldcast;
using namespace fieldcast::codec;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_watch(const std::string& room, const std::optional<Viewport>& view, milliseconds min_interval) {
  require(!room.empty() && room.size() <= 200);
  require(min_interval >= milliseconds(0) && min_interval <= milliseconds(60'000));
  require(!view ||
          (view->south_deg <= view->north_deg && std::abs(view->west_deg) <= 180 && std::abs(view->east_deg) <= 180 &&
           std::abs(view->south_deg) <= 90 && std::abs(view->north_deg) <= 90));
}

struct Check {
  void operator()(const Unusable& message) const { require(message.outcome != nullptr); }
  void operator()(const Hello& message) const { require(!message.token.empty()); }
  void operator()(const Renew& message) const { require(!message.token.empty()); }
  void operator()(const Positions& message) const {
    require(!message.batch.fixes.empty() && message.batch.fixes.size() <= 4);
  }
  void operator()(const Subscribe& message) const { check_watch(message.room, message.viewport, message.min_interval); }
  void operator()(const View& message) const { check_watch(message.room, message.viewport, message.min_interval); }
  void operator()(const Unsubscribe& message) const { require(!message.room.empty()); }
  void operator()(const Ping&) const {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static FixDecoder decoder;
  const DecodeLimits limits{4, 64};
  std::visit(Check{}, decode_client_message({reinterpret_cast<const char*>(data), size}, false, limits, decoder));
  return 0;
}
