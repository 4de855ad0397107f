// Summaries in SQLite. The statements are made when they are first needed.
//
// Threads: that of the connection, which must outlive it.
#pragma once

#include "connection.hpp"
#include "fieldcast/store/summary_tables.hpp"

#include <functional>
#include <map>

namespace fieldcast::store::sqlite {

class SqliteSummaryTables final : public SummaryTables {
 public:
  explicit SqliteSummaryTables(Connection& connection) : connection_(connection) {}

  Result<std::optional<std::int64_t>> agent_id(const AgentKey& agent) override;
  Result<std::vector<summary::TrackPoint>> points(const Stretch& stretch) override;
  Result<std::vector<SummaryBucket>> buckets(Bucket bucket, const Stretch& stretch) override;
  Result<std::vector<Timestamp>> due(const Stretch& stretch, std::size_t limit) override;
  Result<TeamSummaries> of_team(const TeamSummaryQuery& query) override;
  Result<std::optional<Timestamp>> first_due(const TeamSummaryQuery& query) override;
  Result<std::vector<Due>> due_until(Timestamp last, std::size_t limit) override;
  Result<void> put(Bucket bucket, std::span<const Row> rows) override;
  Result<void> remove(std::span<const Due> done) override;
  /// The migration has marked all that was there.
  Result<bool> mark_more(Timestamp) override { return false; }

 private:
  using Bind = std::function<void(Statement&)>;
  using Visit = std::function<void(const Statement&)>;
  Result<void> each_row(const std::string& sql, const Bind& bind, const Visit& visit);
  Result<void> sums(const TeamSummaryQuery& query, const std::string& key, const Visit& visit);

  Connection& connection_;
  std::map<std::string, Statement> statements_;  // by their text
};

}  // namespace fieldcast::store::sqlite
