// What thinning needs from the database: the rules, and what is there of an agent whose fixes come.
//
// Threads: one. Errors: as those of a connection.
#pragma once

#include "connection.hpp"
#include "fieldcast/store/thinning.hpp"

namespace fieldcast::store::sqlite {

class ThinningQuery {
 public:
  static Result<ThinningQuery> open(Connection& connection);

  Result<std::vector<ThinningRules::Rule>> rules();
  /// Inside the transaction that writes.
  Result<Past> past_of(const Stretch& stretch);

 private:
  ThinningQuery(Statement rules, Statement newest, Statement stored)
      : rules_(std::move(rules)), newest_(std::move(newest)), stored_(std::move(stored)) {}
  Result<std::optional<Timestamp>> newest_of(std::int64_t agent_id);

  Statement rules_, newest_, stored_;
};

}  // namespace fieldcast::store::sqlite
