#include "keep_closing.hpp"

#include "keep_compressing.hpp"

namespace fieldcast::store::postgres {
namespace {

// Whoever writes a day anew holds it, for as long as his connection lives.
constexpr const char* take_rewriting = "SELECT pg_try_advisory_lock(7378645891467536247)";
constexpr const char* leave_rewriting = "SELECT pg_advisory_unlock(7378645891467536247)";

constexpr seconds begin_patience{60}, swap_patience{300}, abandon_patience{10}, hasty_patience{1}, drop_patience{60};
constexpr milliseconds slice_aim{80};
constexpr int late_at_once = 2'000;

Result<void> copy(KeepConnection& connection, const std::string& day) {
  SliceSize agents(4, 1'000, slice_aim);
  for (std::int64_t after = 0;;) {
    const SteadyTime start = std::chrono::steady_clock::now();
    auto copied =
        connection.ask("SELECT * FROM fieldcast_close_copy($1::date, $2::bigint, $3::int)", day, after, agents.value());
    if (!copied) return copied.error();
    if ((*copied)[0][0].is_null()) return {};
    after = (*copied)[0][0].as<std::int64_t>();
    const auto took = std::chrono::steady_clock::now() - start;
    agents.took(took);
    if (!connection.pace().rest(took)) return Pace::error();
  }
}

Result<void> apply_late(KeepConnection& connection, const std::string& day) {
  for (;;) {
    auto applied = connection.number("SELECT fieldcast_close_apply($1::date, $2::int)", day, late_at_once);
    if (!applied) return applied.error();
    if (*applied < late_at_once) return {};
    if (connection.pace().interrupted()) return Pace::error();
  }
}

/// A copy that nobody reads yet is frozen, measured and indexed at leisure.
Result<void> finish(KeepConnection& connection, const std::string& day) {
  auto name = connection.ask("SELECT fieldcast_day_table($1::date) || '_next'", day);
  if (!name) return name.error();
  const std::string next = (*name)[0][0].c_str();
  if (auto slowed = connection.ask("SET vacuum_cost_delay = 1"); !slowed) return slowed.error();
  if (auto frozen = connection.ask(("VACUUM (FREEZE, ANALYZE) " + next).c_str()); !frozen) return frozen.error();
  auto indexed = connection.number("SELECT (to_regprocedure('fieldcast_place_index(regclass)') IS NOT NULL)::int");
  if (!indexed) return indexed.error();
  if (*indexed == 0) return {};
  auto made = connection.ask("SELECT fieldcast_place_index($1::regclass)", next);
  if (!made) return made.error();
  return {};
}

Result<void> swap(KeepConnection& connection, const std::string& day) {
  return connection.until(swap_patience, [&]() -> Result<bool> {
    if (auto applied = apply_late(connection, day); !applied) return applied.error();
    return connection.says_true("SELECT fieldcast_close_swap($1::date)", day);
  });
}

Result<void> rewrite(KeepConnection& connection, const std::string& day) {
  const auto begin = [&] { return connection.says_true("SELECT fieldcast_close_begin($1::date)", day); };
  if (auto begun = connection.until(begin_patience, begin); !begun) return begun;
  if (auto copied = copy(connection, day); !copied) return copied;
  if (auto applied = apply_late(connection, day); !applied) return applied;
  if (auto finished = finish(connection, day); !finished) return finished;
  return swap(connection, day);
}

Result<void> abandon(KeepConnection& connection, const std::string& day) {
  return connection.mend([&] {
    return connection.until(connection.pace().interrupted() ? hasty_patience : abandon_patience,
                            [&] { return connection.says_true("SELECT fieldcast_close_abandon($1::date)", day); });
  });
}

/// `work` while nobody else writes days anew.
template <class Work>
Result<void> alone(KeepConnection& connection, const Work& work) {
  auto taken = connection.says_true(take_rewriting);
  if (!taken) return taken.error();
  if (!*taken) return Error{"store_unavailable", "another process writes a day anew"};
  Result<void> done = work();
  if (auto left = connection.ask(leave_rewriting); !left && done) return left.error();
  return done;
}

}  // namespace

Result<bool> close_day(KeepConnection& connection, Day day) {
  const std::string date = as_date(day);
  auto wanted = connection.says_true("SELECT fieldcast_close_wanted($1::date)", date);
  if (!wanted || !*wanted) return wanted;
  const auto compresses = is_compressed_when_closed(connection);
  if (!compresses) return compresses;
  auto closed = alone(connection, [&]() -> Result<void> {
    if (*compresses) return compress_day(connection, date);
    auto rewritten = rewrite(connection, date);
    if (rewritten) return {};
    // What cannot be put away now is by the next call.
    if (auto abandoned = abandon(connection, date); !abandoned)
      return Error{rewritten.error().code, rewritten.error().text + "; " + abandoned.error().text};
    return rewritten;
  });
  if (!closed) return closed.error();
  return true;
}

Result<void> drop_day(KeepConnection& connection, Day day, bool only_empty) {
  const std::string date = as_date(day);
  const std::string what = only_empty ? "true" : "false";
  return connection.until(drop_patience, [&] {
    return connection.says_true("SELECT fieldcast_drop_day($1::date, $2::boolean)", date, what);
  });
}

Result<void> drop_empty_days(KeepConnection& connection) {
  // Those for which late fixes are likely to come stay.
  const auto days = connection.ask(
      "SELECT day - date '1970-01-01' FROM fieldcast_days() AS day WHERE day < (now() AT TIME ZONE 'UTC')::date - 7");
  if (!days) return days.error();
  for (const pqxx::row& row : *days)
    if (auto dropped = drop_day(connection, Day{std::chrono::days{row[0].as<int>()}}, true); !dropped) return dropped;
  return {};
}

Result<void> mend_half_closed(KeepConnection& connection) {
  auto days = connection.ask("SELECT day FROM fieldcast_half_closed() AS day");
  if (!days) return days.error();
  if (days->empty()) return {};
  return alone(connection, [&]() -> Result<void> {
    for (const pqxx::row& row : *days)
      if (auto mended = abandon(connection, row[0].c_str()); !mended) return mended;
    return {};
  });
}

}  // namespace fieldcast::store::postgres
