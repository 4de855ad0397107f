// What thinning needs from the database: the rules, and what is there of the agents whose fixes come.
//
// Threads: one. Errors: as those of a session.
#pragma once

#include "binary_array.hpp"
#include "fieldcast/store/thinning.hpp"
#include "session.hpp"

namespace fieldcast::store::postgres {

class ThinningQuery {
 public:
  static Result<void> prepare(Session& session);

  static Result<std::vector<ThinningRules::Rule>> rules(Session& session);
  /// One statement for all: the past of each stretch.
  Result<std::vector<Past>> past_of(const std::vector<Stretch>& stretches, Session& session);

 private:
  void build_columns(const std::vector<Stretch>& stretches);

  BinaryArray agent_ids_{Element::int8}, since_{Element::timestamptz}, first_{Element::timestamptz},
      last_{Element::timestamptz};
};

}  // namespace fieldcast::store::postgres
