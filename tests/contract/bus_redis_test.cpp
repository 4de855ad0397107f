#include "contract/bus_redis_fixture.hpp"

namespace fieldcast::bus::contract {
namespace {

class RedisNetwork final : public Network {
 public:
  std::unique_ptr<Bus> join(Listener listener) override {
    auto bus = make_redis_bus(settings_, std::move(listener), {});
    if (!bus) throw std::runtime_error(bus.error().text);
    return std::move(*bus);
  }

 private:
  const RedisSettings settings_ = settings_for(shared_server().url());
};

const auto bodies =
    testing::Values(Body{"redis", []() -> std::unique_ptr<Network> { return std::make_unique<RedisNetwork>(); }});
const auto name_of = [](const auto& tested) { return tested.param.name; };
INSTANTIATE_TEST_SUITE_P(Redis, BusContract, bodies, name_of);
INSTANTIATE_TEST_SUITE_P(Redis, SharedBusContract, bodies, name_of);

}  // namespace
}  // namespace fieldcast::bus::contract
