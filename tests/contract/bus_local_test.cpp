#include "contract/bus_contract.hpp"

namespace fieldcast::bus::contract {
namespace {

class LocalNetwork final : public Network {
 public:
  std::unique_ptr<Bus> join(Listener listener) override { return make_local_bus(exchange_, std::move(listener)); }

 private:
  std::shared_ptr<LocalExchange> exchange_ = make_local_exchange();
};

INSTANTIATE_TEST_SUITE_P(Bus, BusContract,
                         testing::Values(Body{
                             "local", []() -> std::unique_ptr<Network> { return std::make_unique<LocalNetwork>(); }}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace fieldcast::bus::contract
