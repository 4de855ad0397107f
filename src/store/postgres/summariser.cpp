#include "summariser.hpp"

#include "pool_connection.hpp"
#include "summary_tables.hpp"

namespace fieldcast::store::postgres {
namespace {

// Reading a day of everybody may take some seconds; nobody waits for it.
constexpr seconds statement_time_max{120};

class PostgresSummariser final : public Summariser {
 public:
  explicit PostgresSummariser(const PostgresSettings& settings)
      : connection_(settings.url, {.statement_time_max = statement_time_max, .writes = true}) {}

  Result<std::size_t> work(Timestamp now, std::size_t hours_max) override {
    return connection_.with([&](pqxx::connection& connection) -> Result<std::size_t> {
      PostgresSummaryTables tables(connection);
      return work_off(tables, now, hours_max);
    });
  }

 private:
  PoolConnection connection_;
};

}  // namespace

std::unique_ptr<Summariser> make_summariser(const PostgresSettings& settings) {
  return std::make_unique<PostgresSummariser>(settings);
}

}  // namespace fieldcast::store::postgres
