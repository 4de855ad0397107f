// The positions of a group of requests as one statement: sorted, each key once, in binary columns.
//
// Threads: one. Memory is kept from batch to batch.
#pragma once

#include "agent_ids.hpp"
#include "binary_array.hpp"
#include "days.hpp"
#include "fieldcast/store/due_marks.hpp"
#include "fieldcast/store/engine.hpp"
#include "thinning_query.hpp"

namespace fieldcast::store::postgres {

class PositionBatch {
 public:
  static Result<void> prepare(Session& session);

  /// Takes the positions in, notes their days and asks for agents that are not known. Error record_unusable.
  Result<void> collect(std::span<const WriteRequest> requests, AgentIds& agents, Days& days, SteadyTime now);
  bool empty() const { return rows_.empty(); }
  void want_days(Days& days) const;

  /// In the transaction; agents are resolved, days are there.
  Result<void> insert(Session& session, const AgentIds& agents, const ThinningRules& rules);
  /// Why it failed: it holds the number of an agent who was erased.
  bool knows_erased() const { return knows_erased_; }
  /// After the commit: what was new and what was not, by request.
  void count(std::span<WriteResult> results);

 private:
  struct Row {
    std::int64_t agent_id;
    std::int64_t recorded_ms;
    std::uint32_t request;
    std::uint32_t nth;  // as it came: of equal keys the first stays
    const AgentPosition* position;
    bool is_new;
    bool thinned;
    bool same_key(const Row& other) const { return agent_id == other.agent_id && recorded_ms == other.recorded_ms; }
  };

  void ask_in_order(std::span<const WriteRequest> requests, AgentIds& agents) const;
  void number_rows(const AgentIds& agents);
  void sort_rows();
  Result<void> thin(Session& session, const ThinningRules& rules);
  void build_columns();
  void add_distinct(std::size_t first, std::size_t next);
  void add_to_columns(const Position& position);
  void mark_new(const Rows& inserted);

  std::vector<Row> rows_;
  std::size_t distinct_ = 0;
  bool knows_erased_ = false;
  BinaryArray agent_ids_{Element::int8}, recorded_{Element::timestamptz}, received_{Element::timestamptz},
      latitudes_{Element::float8}, longitudes_{Element::float8}, accuracies_{Element::float4}, speeds_{Element::float4},
      headings_{Element::float4}, altitudes_{Element::float4}, batteries_{Element::float4}, activities_{Element::int2},
      attributes_{Element::text}, targets_{Element::int2}, due_agents_{Element::int8}, due_hours_{Element::timestamptz};
  DueMarks due_;
  bool unthinned_ = false;
  ThinningQuery thinning_;
};

}  // namespace fieldcast::store::postgres
