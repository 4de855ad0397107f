#include "contract/store_contract_summaries.hpp"
#include "contract/store_postgres_server.hpp"

namespace fieldcast::store::contract {
namespace {

class SharedPostgres final : public Database {
 public:
  std::unique_ptr<Engine> engine() override {
    return make_postgres_engine(
        {.url = database_.url(), .read_url = {}, .agents_believed = seconds{0}, .rules_believed = seconds{0}});
  }

 private:
  PostgresDatabase database_{PostgresServer::shared()};
};

INSTANTIATE_TEST_SUITE_P(
    Postgres, StoreContract,
    testing::Values(Body{"postgres", []() -> std::unique_ptr<Database> { return std::make_unique<SharedPostgres>(); }}),
    [](const auto& tested) { return tested.param.name; });
INSTANTIATE_TEST_SUITE_P(
    Postgres, StoreSummaries,
    testing::Values(Body{"postgres", []() -> std::unique_ptr<Database> { return std::make_unique<SharedPostgres>(); }}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace fieldcast::store::contract
