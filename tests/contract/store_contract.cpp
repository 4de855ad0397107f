#include "contract/store_contract.hpp"

namespace fieldcast::store::contract {

AgentIdentityPtr make_agent(const char* agent, const char* team, const char* org, const char* name) {
  return std::make_shared<const AgentIdentity>(AgentIdentity{OrgId(org), TeamId(team), AgentId(agent), name});
}

AgentPosition make_position(const AgentIdentityPtr& agent, std::int64_t recorded_ms, double latitude_deg,
                            double longitude_deg) {
  Position position;
  position.fix.at = {latitude_deg, longitude_deg};
  position.fix.recorded_at = from_unix_ms(recorded_ms);
  position.received_at = from_unix_ms(recorded_ms + 250);
  return {agent, position};
}

WriteRequest make_request(std::vector<AgentPosition> positions) {
  WriteRequest request;
  request.positions = std::move(positions);
  return request;
}

void StoreContract::SetUp() {
  database_ = GetParam().make_database();
  if (database_ == nullptr) GTEST_SKIP() << GetParam().name << " is not installed here";
  engine_ = database_->engine();
  const auto migrated = engine_->migrate();
  ASSERT_TRUE(migrated) << migrated.error().text;
  reopen();
}

void StoreContract::reopen() {
  writer_.reset();
  reader_.reset();
  engine_ = database_->engine();
  auto writer = engine_->open_writer();
  ASSERT_TRUE(writer) << writer.error().text;
  writer_ = std::move(*writer);
  auto reader = engine_->open_reader();
  ASSERT_TRUE(reader) << reader.error().text;
  reader_ = std::move(*reader);
}

std::unique_ptr<Keeper> StoreContract::open_keeper() {
  auto keeper = engine_->open_keeper();
  EXPECT_TRUE(keeper) << keeper.error().text;
  return std::move(*keeper);
}

WriteResult StoreContract::commit(std::vector<AgentPosition> positions) {
  const WriteRequest request = make_request(std::move(positions));
  WriteResult result;
  const auto committed = writer_->commit({&request, 1}, {&result, 1});
  EXPECT_TRUE(committed) << committed.error().text;
  return result;
}

void StoreContract::set_aside(const AgentIdentityPtr& agent, const char* record, const char* code) {
  WriteRequest request;
  request.quarantined.push_back({agent, code, record, from_unix_ms(1'700'000'000'123)});
  WriteResult result;
  const auto committed = writer_->commit({&request, 1}, {&result, 1});
  EXPECT_TRUE(committed) << committed.error().text;
}

std::vector<Position> StoreContract::history(const AgentIdentityPtr& agent) {
  auto positions = reader_->history({.agent = agent->key(), .after = std::nullopt});
  EXPECT_TRUE(positions) << positions.error().text;
  return positions ? *positions : std::vector<Position>{};
}

std::vector<std::int64_t> StoreContract::history_times(const HistoryQuery& query) {
  auto positions = reader_->history(query);
  EXPECT_TRUE(positions) << positions.error().text;
  std::vector<std::int64_t> times;
  if (positions)
    for (const Position& position : *positions) times.push_back(to_unix_ms(position.fix.recorded_at));
  return times;
}

std::vector<std::string> StoreContract::quarantined_records(const QuarantineQuery& query) {
  auto records = reader_->quarantine(query);
  EXPECT_TRUE(records) << records.error().text;
  std::vector<std::string> texts;
  if (records)
    for (const QuarantineRecord& record : *records) texts.push_back(record.record);
  return texts;
}

Reader::Counts StoreContract::counts() {
  auto counts = reader_->counts();
  EXPECT_TRUE(counts) << counts.error().text;
  return counts ? *counts : Reader::Counts{};
}

std::vector<StoreContract::Registered> StoreContract::registered(const std::optional<TeamKey>& only) {
  std::vector<Registered> all;
  const auto visited = reader_->agents(only, [&](AgentIdentityPtr agent, const std::optional<Position>& position) {
    all.push_back({*agent, position});
  });
  EXPECT_TRUE(visited) << visited.error().text;
  return all;
}

Position StoreContract::last_known(const AgentIdentityPtr& agent) {
  for (const Registered& one : registered())
    if (one.identity.key() == agent->key() && one.last_known) return *one.last_known;
  ADD_FAILURE() << "no last-known position of " << agent->agent.str();
  return {};
}

}  // namespace fieldcast::store::contract
