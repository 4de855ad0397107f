// Summaries in PostgreSQL.
#pragma once

#include "fieldcast/store/summary_tables.hpp"

#include <pqxx/pqxx>

namespace fieldcast::store::postgres {

/// Throws what libpqxx throws: to be used within PoolConnection::with().
class PostgresSummaryTables final : public SummaryTables {
 public:
  explicit PostgresSummaryTables(pqxx::connection& connection) : connection_(connection) {}

  Result<std::optional<std::int64_t>> agent_id(const AgentKey& agent) override;
  Result<std::vector<summary::TrackPoint>> points(const Stretch& stretch) override;
  Result<std::vector<SummaryBucket>> buckets(Bucket bucket, const Stretch& stretch) override;
  Result<std::vector<Timestamp>> due(const Stretch& stretch, std::size_t limit) override;
  Result<TeamSummaries> of_team(const TeamSummaryQuery& query) override;
  Result<std::optional<Timestamp>> first_due(const TeamSummaryQuery& query) override;
  Result<std::vector<Due>> due_until(Timestamp last, std::size_t limit) override;
  Result<void> put(Bucket bucket, std::span<const Row> rows) override;
  Result<void> remove(std::span<const Due> done) override;
  Result<bool> mark_more(Timestamp now) override;

 private:
  pqxx::connection& connection_;
};

}  // namespace fieldcast::store::postgres
