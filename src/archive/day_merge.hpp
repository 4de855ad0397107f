// The rows of a day that the database has and those that the archive has, as one.
#pragma once

#include "day_object.hpp"
#include "fieldcast/store/keeper.hpp"

#include <functional>

namespace fieldcast::archive {

struct Merged {
  std::uint64_t from_store = 0;  // rows that the store has
  std::uint64_t only_in_store = 0;
  std::uint64_t only_in_base = 0;
  std::string store_sha256;  // of the rows that the store has
};

using VisitRow = std::function<void(const AgentIdentity&, const Position&)>;

/// Visits each row once, in order. `base` may be null; on success all of it is verified.
Result<Merged> merge_day(store::Keeper& keeper, store::Day day, DayReader* base, const VisitRow& visit);

}  // namespace fieldcast::archive
