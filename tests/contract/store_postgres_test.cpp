#include "contract/store_contract_summaries.hpp"
#include "contract/store_postgres_server.hpp"

namespace fieldcast::store::contract {
namespace {

class SharedPostgres final : public Database {
 public:
  explicit SharedPostgres(PostgresServer& server) : database_(server) {}
  std::unique_ptr<Engine> engine() override {
    return make_postgres_engine(
        {.url = database_.url(), .read_url = {}, .agents_believed = seconds{0}, .rules_believed = seconds{0}});
  }

 private:
  PostgresDatabase database_;
};

std::unique_ptr<Database> make_native() { return std::make_unique<SharedPostgres>(PostgresServer::shared()); }
std::unique_ptr<Database> make_timescale() {
  PostgresServer* server = PostgresServer::with_timescale();
  return server == nullptr ? nullptr : std::make_unique<SharedPostgres>(*server);
}
const auto bodies = testing::Values(Body{"postgres", make_native}, Body{"timescale", make_timescale});
const auto name_of_body = [](const auto& tested) { return tested.param.name; };

INSTANTIATE_TEST_SUITE_P(Postgres, StoreContract, bodies, name_of_body);
INSTANTIATE_TEST_SUITE_P(Postgres, StoreSummaries, bodies, name_of_body);

}  // namespace
}  // namespace fieldcast::store::contract
