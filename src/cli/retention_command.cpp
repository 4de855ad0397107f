// `fieldcast retention plan | run | set | list`: how long what is stored is kept, and what goes next.
#include "archive_access.hpp"
#include "commands.hpp"
#include "fieldcast/app/keeping.hpp"
#include "fieldcast/app/serve.hpp"
#include "settings.hpp"
#include "thinning_text.hpp"

#include <cstdio>

namespace fieldcast::cli {

namespace {

struct RetentionOptions {
  std::shared_ptr<SettingsSource> source;
  std::string org, team;
  std::optional<int> positions, last_known, quarantine, summaries;
  std::string thin;
  bool clear = false;
};

/// Runs `work` with a keeper of the configured, migrated database.
template <class Work>
int with_keeper(const RetentionOptions& options, const Work& work) {
  const auto config = load_or_explain(*options.source, config::Use::database);
  if (!config) return 2;
  int result = 0;
  const auto engine = open_database(*config, result);
  if (!engine) return result;
  auto keeper = engine->open_keeper();
  if (!keeper) return fail(keeper.error());
  return work(*config, **keeper);
}

std::string text_of(std::chrono::days kept) {
  return kept.count() == 0 ? "for ever" : std::to_string(kept.count()) + " days";
}

std::string steps_of(const ageing::DayPlan& plan, std::uint64_t rows_cut) {
  std::string text;
  for (const auto step : plan.steps) {
    text += (text.empty() ? "" : ", ") + std::string(ageing::to_string(step));
    if (step == ageing::DayPlan::Step::cut) text += " " + std::to_string(rows_cut) + " rows";
    if (step == ageing::DayPlan::Step::wait) text += " until " + day_text(*plan.stored.held_until);
  }
  return text.empty() ? "keep" : text;
}

int show_plan(const config::Config& config, store::Keeper& keeper) {
  const Timestamp now = read_clock().wall;
  const auto plans = app::make_housekeeping(config, [](const Error&) {}).plan(keeper, now);
  if (!plans) return fail(plans.error());
  const auto rules = keeper.rules();
  if (!rules) return fail(rules.error());
  const auto cut = ageing::cut_of(ageing::Kind::positions, config.retention, *rules, now);
  std::printf("%-10s  %12s  %12s  %-8s  %s\n", "day", "rows", "bytes", "archived", "what happens to it now");
  for (const ageing::DayPlan& plan : *plans) {
    std::uint64_t rows_cut = 0;
    if (plan.does(ageing::DayPlan::Step::cut)) {
      const auto counted = keeper.count_positions(plan.stored.day, cut);
      if (!counted) return fail(counted.error());
      rows_cut = *counted;
    }
    std::printf("%-10s  %12llu  %12llu  %-8s  %s\n", day_text(plan.stored.day).c_str(),
                static_cast<unsigned long long>(plan.stored.rows), static_cast<unsigned long long>(plan.stored.bytes),
                plan.archived ? "yes" : "no", steps_of(plan, rows_cut).c_str());
  }
  if (plans->empty()) std::puts("there is no history");
  return 0;
}

void print(const char* what, std::uint64_t count) {
  if (count != 0) std::printf("%s: %llu\n", what, static_cast<unsigned long long>(count));
}

/// What goes is summed up before.
Result<std::uint64_t> sum_up(const config::Config& config) {
  constexpr std::size_t hours_at_once = 500;
  auto summariser = app::make_engine(config)->open_summariser();
  if (!summariser) return summariser.error();
  for (std::uint64_t hours = 0;;) {
    const auto done = (*summariser)->work(read_clock().wall, hours_at_once);
    if (!done) return done.error();
    hours += *done;
    if (*done < hours_at_once) return hours;
  }
}

int run_now(const config::Config& config, store::Keeper& keeper) {
  const auto turn = keeper.take_turn();
  if (!turn) return fail(turn.error());
  if (!*turn) return fail({"busy", "a server does this already (retention.here)"});
  const auto hours = sum_up(config);
  if (!hours) return fail(hours.error());
  print("hours summed up", *hours);
  int result = 0;
  auto housekeeping = app::make_housekeeping(config, [&](const Error& error) { result = fail(error); });
  ageing::Done done;
  const auto worked = housekeeping.round(
      keeper, read_clock().wall, [] { return true; }, done);
  print("days archived", done.days_archived);
  print("days put in order", done.days_closed);
  print("days dropped", done.days_dropped);
  print("positions removed", done.positions);
  print("last-known positions removed", done.last_known);
  print("records set aside removed", done.quarantined);
  print("summaries removed", done.summaries);
  print("rows of erased agents removed", done.swept);
  if (!worked) return fail(worked.error());
  if (!done.any() && *hours == 0 && result == 0) std::puts("nothing to do");
  return result;
}

std::string said(const char* what, const std::optional<std::chrono::days>& kept) {
  return kept ? std::string("  ") + what + " " + text_of(*kept) : std::string();
}

int list(const config::Config& config, store::Keeper& keeper) {
  const auto rules = keeper.rules();
  if (!rules) return fail(rules.error());
  const ageing::Policy& policy = config.retention;
  std::printf("everybody:%s%s%s%s\n", said("positions", policy.positions).c_str(),
              said("last-known", policy.last_known).c_str(), said("quarantine", policy.quarantine).c_str(),
              said("summaries", policy.summaries).c_str());
  for (const store::TeamRule& rule : *rules)
    std::printf("%s/%s:%s%s%s%s%s\n", rule.org.str().c_str(), rule.team.str().empty() ? "*" : rule.team.str().c_str(),
                said("positions", rule.positions).c_str(), said("last-known", rule.last_known).c_str(),
                said("quarantine", rule.quarantine).c_str(), said("summaries", rule.summaries).c_str(),
                rule.thinning ? ("  thin " + thinning_text(*rule.thinning)).c_str() : "");
  return 0;
}

std::optional<std::chrono::days> days_of(const std::optional<int>& given) {
  return given ? std::optional(std::chrono::days(*given)) : std::nullopt;
}

/// What is not named stays as it was.
int set(const RetentionOptions& options, store::Keeper& keeper) {
  const auto rules = keeper.rules();
  if (!rules) return fail(rules.error());
  store::TeamRule rule;
  rule.org = OrgId(options.org);
  rule.team = TeamId(options.team);
  for (const store::TeamRule& known : *rules)
    if (known.org == rule.org && known.team == rule.team) rule = known;
  if (options.clear) rule = {rule.org, rule.team, {}, {}, {}, {}, {}};
  if (options.positions) rule.positions = days_of(options.positions);
  if (options.last_known) rule.last_known = days_of(options.last_known);
  if (options.quarantine) rule.quarantine = days_of(options.quarantine);
  if (options.summaries) rule.summaries = days_of(options.summaries);
  if (options.thin == "inherit")
    rule.thinning.reset();
  else if (!options.thin.empty())
    rule.thinning = *read_thinning(options.thin);
  if (const auto done = keeper.set_rule(rule); !done) return fail(done.error());
  return 0;
}

}  // namespace

void add_retention(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand("retention", "How long what is stored is kept, and what goes next");
  command.require_subcommand(1);
  const auto add = [&](const char* name, const char* help,
                       std::function<int(const RetentionOptions&, const config::Config&, store::Keeper&)> work) {
    CLI::App& sub = *command.add_subcommand(name, help);
    auto options = std::make_shared<RetentionOptions>();
    options->source = add_settings(sub);
    sub.callback([options, work = std::move(work), &result] {
      result = with_keeper(*options, [&](const config::Config& config, store::Keeper& keeper) {
        return work(*options, config, keeper);
      });
    });
    return std::pair(&sub, options);
  };
  add("plan", "What would go now; changes nothing",
      [](const auto&, const auto& config, auto& keeper) { return show_plan(config, keeper); });
  add("run", "Do now what the server does by itself",
      [](const auto&, const auto& config, auto& keeper) { return run_now(config, keeper); });
  add("list", "What is kept how long",
      [](const auto&, const auto& config, auto& keeper) { return list(config, keeper); });
  const auto [sub, options] = add("set", "Another time for a team, or for an organisation's other teams",
                                  [](const auto& given, const auto&, auto& keeper) { return set(given, keeper); });
  sub->add_option("--org", options->org, "Organisation")->required();
  sub->add_option("--team", options->team, "Team; without it: every team of the organisation that has no own rule");
  const CLI::Range range(0, 36'500);
  sub->add_option("--positions-days", options->positions, "History, by whole days; 0: for ever")->check(range);
  sub->add_option("--last-known-days", options->last_known, "Last-known positions; 0: for ever")->check(range);
  sub->add_option("--quarantine-days", options->quarantine, "Records set aside; 0: for ever")->check(range);
  sub->add_option("--summaries-days", options->summaries, "Summaries; 0: for ever")->check(range);
  sub->add_option("--thin", options->thin,
                  "Fixes that history takes: distance=METRES,heading=DEGREES,after=SECONDS since the one before in it "
                  "(after is required: a sign of life), off: every fix, inherit: as the organisation's rule says")
      ->check([](const std::string& text) {
        if (text == "inherit") return std::string();
        const auto thinning = read_thinning(text);
        return thinning ? std::string() : thinning.error().text;
      });
  sub->add_flag("--clear", options->clear, "Forget what was set before, then set what is named");
}

}  // namespace fieldcast::cli
