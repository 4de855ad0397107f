// Positions from elsewhere into history: a restored day, imported tracks.
//
// Commits about a thousand rows at a time, and leaves as much time as each took to whoever else writes. Agents that
// are known keep their present team and name: what is old moves nobody. Nothing is thinned.
// Blocking. Threads: one at a time.
#pragma once

#include "fieldcast/store/engine.hpp"

#include <unordered_map>

namespace fieldcast::archive {

class HistoryWriter {
 public:
  /// Both must live longer.
  HistoryWriter(store::Writer& writer, store::Reader& reader) : writer_(writer), reader_(reader) {
    request_.unthinned = true;
  }

  /// `agent`: how to register it when it is not known. Errors: of the store; rows may wait for finish() until then.
  Result<void> add(const AgentIdentity& agent, const Position& position);
  Result<void> finish();

  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t duplicates() const { return duplicates_; }

 private:
  Result<void> look_up_agents();
  Result<void> commit();

  store::Writer& writer_;
  store::Reader& reader_;
  std::unordered_map<AgentKey, AgentIdentityPtr> agents_;
  SteadyTime looked_up_at_{};
  AgentIdentityPtr last_;  // the one of the row before
  store::WriteRequest request_;
  std::uint64_t accepted_ = 0, duplicates_ = 0;
};

}  // namespace fieldcast::archive
