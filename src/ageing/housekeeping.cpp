#include "fieldcast/ageing/housekeeping.hpp"

namespace fieldcast::ageing {
namespace {

using Step = DayPlan::Step;

Result<void> add(Result<std::uint64_t> removed, std::uint64_t& total) {
  if (!removed) return removed.error();
  total += *removed;
  return {};
}

/// Asked again just before a day goes: somebody may have begun to read it back since the plan was made.
Result<bool> is_held(store::Keeper& keeper, Day day, Timestamp now) {
  const auto stored = keeper.days();
  if (!stored) return stored.error();
  for (const store::StoredDay& each : *stored)
    if (each.day == day) return each.held_until && *each.held_until > now;
  return false;
}

Day today_of(Timestamp now) { return std::chrono::floor<days>(now); }

}  // namespace

Done& Done::operator+=(const Done& more) {
  days_closed += more.days_closed;
  days_archived += more.days_archived;
  days_dropped += more.days_dropped;
  positions += more.positions;
  last_known += more.last_known;
  quarantined += more.quarantined;
  summaries += more.summaries;
  swept += more.swept;
  return *this;
}

Result<std::vector<DayPlan>> Housekeeping::plan(store::Keeper& keeper, Timestamp now) const {
  auto rules = keeper.rules();
  if (!rules) return rules.error();
  Situation situation{.days = {},
                      .archived = {},
                      .positions = cut_of(Kind::positions, policy_, *rules, now),
                      .close_after = policy_.close_after,
                      .archives = static_cast<bool>(archive_.write)};
  auto stored = keeper.days();
  if (!stored) return stored.error();
  situation.days = std::move(*stored);
  auto archived = keeper.archived_days();
  if (!archived) return archived.error();
  situation.archived = std::move(*archived);
  return plan_days(situation, now);
}

Result<void> Housekeeping::round(store::Keeper& keeper, Timestamp now, const std::function<bool()>& go_on, Done& done) {
  const auto rules = keeper.rules();
  if (!rules) return rules.error();
  const auto plans = plan(keeper, now);
  if (!plans) return plans.error();
  const Cut cut = cut_of(Kind::positions, policy_, *rules, now);
  for (const DayPlan& day : *plans) {
    if (!go_on()) return {};
    if (auto treated = treat(keeper, day, cut, now, done); !treated) return treated;
  }
  return go_on() ? tidy(keeper, *rules, now, done) : Result<void>{};
}

Result<void> Housekeeping::treat(store::Keeper& keeper, const DayPlan& plan, const Cut& cut, Timestamp now,
                                 Done& done) {
  const Day day = plan.stored.day;
  if (plan.does(Step::archive))
    if (auto archived = archive(keeper, day, now, done); !archived) return archived.error();
  const bool drop = plan.does(Step::drop);
  if (drop || plan.does(Step::cut)) {
    const auto cuts = drop ? Result<bool>(true) : has_rows_to_cut(keeper, day, cut, now);
    if (!cuts) return cuts.error();
    const auto may = *cuts ? may_go(keeper, day, now, done) : Result<bool>(false);
    if (!may) return may.error();
    if (*cuts && !*may) return {};
    if (*may) {
      const auto held = is_held(keeper, day, now);
      if (!held) return held.error();
      if (*held) return {};
      auto removed = add(drop ? keeper.drop_day(day) : keeper.remove_positions(day, cut), done.positions);
      if (!removed) return removed;
      done.days_dropped += drop ? 1 : 0;
    }
    drop ? void(cut_on_.erase(day)) : void(cut_on_[day] = today_of(now));
  }
  if (drop || !plan.does(Step::close)) return {};
  const auto closed = keeper.close_day(day);
  if (!closed) return closed.error();
  done.days_closed += *closed ? 1 : 0;
  return {};
}

/// Rows of some teams are gone from every day of the past: each is looked through once a day.
Result<bool> Housekeeping::has_rows_to_cut(store::Keeper& keeper, Day day, const Cut& cut, Timestamp now) const {
  if (const auto last = cut_on_.find(day); last != cut_on_.end() && last->second == today_of(now)) return false;
  const auto rows = keeper.count_positions(day, cut);
  if (!rows) return rows.error();
  return *rows != 0;
}

/// Late fixes may have come since a day was archived: it is looked at before anything of it goes.
Result<bool> Housekeeping::may_go(store::Keeper& keeper, Day day, Timestamp now, Done& done) {
  if (!archive_.holds) return true;
  if (now < archive_again_at_) return false;
  const auto holds = archive_.holds(keeper, day);
  if (!holds) return archive_failed(holds.error(), now);
  return *holds ? Result<bool>(true) : archive(keeper, day, now, done);
}

Result<bool> Housekeeping::archive(store::Keeper& keeper, Day day, Timestamp now, Done& done) {
  if (now < archive_again_at_) return false;
  const auto written = archive_.write(keeper, day);
  if (!written) return archive_failed(written.error(), now);
  ++done.days_archived;
  return true;
}

/// Each try reads a day.
Result<bool> Housekeeping::archive_failed(const Error& error, Timestamp now) {
  if (error.code == "store_unavailable") return error;
  archive_again_at_ = now + archive_rests_for;
  failed_(error);
  return false;
}

Result<void> Housekeeping::tidy(store::Keeper& keeper, std::span<const store::TeamRule> rules, Timestamp now,
                                Done& done) {
  const auto cut = [&](Kind kind) { return cut_of(kind, policy_, rules, now); };
  if (auto removed = add(keeper.remove_last_known(cut(Kind::last_known)), done.last_known); !removed) return removed;
  if (auto removed = add(keeper.remove_quarantined(cut(Kind::quarantine)), done.quarantined); !removed) return removed;
  if (auto removed = add(keeper.remove_summaries(cut(Kind::summaries)), done.summaries); !removed) return removed;
  return add(keeper.sweep(), done.swept);
}

}  // namespace fieldcast::ageing
