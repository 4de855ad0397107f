#include "contract/store_contract_summaries.hpp"
#include "contract/temporary_directory.hpp"

namespace fieldcast::store::contract {
namespace {

class SqliteDatabase final : public Database {
 public:
  std::unique_ptr<Engine> engine() override {
    return make_sqlite_engine(
        {.file = directory_.file("fieldcast.db"), .cache_kib = 4'096, .rules_believed = seconds{0}});
  }

 private:
  TemporaryDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(
    Sqlite, StoreContract,
    testing::Values(Body{"sqlite", []() -> std::unique_ptr<Database> { return std::make_unique<SqliteDatabase>(); }}),
    [](const auto& tested) { return tested.param.name; });
INSTANTIATE_TEST_SUITE_P(
    Sqlite, StoreSummaries,
    testing::Values(Body{"sqlite", []() -> std::unique_ptr<Database> { return std::make_unique<SqliteDatabase>(); }}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace fieldcast::store::contract
