#include "summariser.hpp"

#include "summary_tables.hpp"

namespace fieldcast::store::sqlite {
namespace {

class SqliteSummariser final : public Summariser {
 public:
  explicit SqliteSummariser(Connection connection) : connection_(std::move(connection)) {}

  Result<std::size_t> work(Timestamp now, std::size_t hours_max) override { return work_off(tables_, now, hours_max); }

 private:
  Connection connection_;  // first: statements end before it
  SqliteSummaryTables tables_{connection_};
};

}  // namespace

std::unique_ptr<Summariser> make_summariser(Connection connection) {
  return std::make_unique<SqliteSummariser>(std::move(connection));
}

}  // namespace fieldcast::store::sqlite
