// Any bytes from another instance: refused, or read to something that comes back the same.
#include "fieldcast/bus/wire.hpp"

#include <cmath>
#include <cstdlib>

using namespace fieldcast;
using namespace fieldcast::bus;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const AgentPosition& position) {
  require(is_valid_id(position.agent->agent.str()));
  require(std::abs(position.position.fix.at.latitude_deg) <= 90);
  require(std::abs(position.position.fix.at.longitude_deg) <= 180);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const TeamKey team{OrgId("acme"), TeamId("north")};
  if (const auto decoded = wire::decode_positions(bytes, team)) {
    for (const AgentPosition& position : decoded->positions) check(position);
    require(wire::decode_stamp(bytes).value() == decoded->stamp);
    const std::string again = wire::encode_positions(decoded->stamp, decoded->positions);
    const auto twice = wire::decode_positions(again, team);
    require(twice.has_value() && wire::encode_positions(twice->stamp, twice->positions) == again);
  }
  if (const auto cached = wire::decode_cached(bytes, team)) check(*cached);
  if (const auto control = wire::decode_control(bytes)) {
    const std::string again = wire::encode_control(control->stamp, control->control);
    require(wire::encode_control(control->stamp, wire::decode_control(again)->control) == again);
  }
  return 0;
}
