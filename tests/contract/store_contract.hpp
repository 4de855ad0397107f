// What every engine of the store must do: one suite, instantiated for each body.
#pragma once

#include "fieldcast/store/engine.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace fieldcast::store::contract {

/// One empty database; its end removes it.
class Database {
 public:
  virtual ~Database() = default;
  /// An engine on this database; each stands for one process.
  virtual std::unique_ptr<Engine> engine() = 0;
};

struct Body {
  std::string name;
  std::function<std::unique_ptr<Database>()> make_database;  // null: what it takes is not installed
};

AgentIdentityPtr make_agent(const char* agent, const char* team = "north", const char* org = "acme",
                            const char* name = "");
AgentPosition make_position(const AgentIdentityPtr& agent, std::int64_t recorded_ms, double latitude_deg = 12.5,
                            double longitude_deg = 77.5);
WriteRequest make_request(std::vector<AgentPosition> positions);

/// A migrated database with a writer and a reader.
class StoreContract : public testing::TestWithParam<Body> {
 protected:
  void SetUp() override;
  void reopen();
  std::unique_ptr<Keeper> open_keeper();

  /// One transaction with one request; expects that it is committed.
  WriteResult commit(std::vector<AgentPosition> positions);
  void set_aside(const AgentIdentityPtr& agent, const char* record, const char* code = "latitude_missing");
  std::vector<Position> history(const AgentIdentityPtr& agent);
  std::vector<std::int64_t> history_times(const HistoryQuery& query);
  std::vector<std::string> quarantined_records(const QuarantineQuery& query);
  Reader::Counts counts();

  struct Registered {
    AgentIdentity identity;
    std::optional<Position> last_known;
  };
  std::vector<Registered> registered(const std::optional<TeamKey>& only = std::nullopt);
  /// The last-known position of the one agent of this id; fails the test when there is none.
  Position last_known(const AgentIdentityPtr& agent);

  std::unique_ptr<Database> database_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace fieldcast::store::contract
