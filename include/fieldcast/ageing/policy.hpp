// How long what was stored is kept.
#pragma once

#include "fieldcast/store/keeper.hpp"

#include <span>

namespace fieldcast::ageing {

using store::Cut;
using store::Day;
using store::days;

/// The configuration's word: what holds where neither team nor organisation has a rule. days{0}: for ever.
struct Policy {
  days positions{0}, last_known{0}, quarantine{90}, summaries{365};
  std::chrono::hours close_after{6};  // a day that is over waits so long for late fixes before it is put in order
};

enum class Kind : std::uint8_t { positions, last_known, quarantine, summaries };

/// What goes now: rows of one kind up to where. A rule that is silent on this kind leaves it to the next wider one.
/// Positions go by whole days: their cuts are beginnings of days.
Cut cut_of(Kind kind, const Policy& policy, std::span<const store::TeamRule> rules, Timestamp now);

/// Up to where the rows of every team go: the earliest of all cuts.
Timestamp certain(const Cut& cut);
/// Up to where those of some team go: the latest.
Timestamp possible(const Cut& cut);

}  // namespace fieldcast::ageing
