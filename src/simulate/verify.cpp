#include "fieldcast/simulate/verify.hpp"

#include "fieldcast/simulate/history_check.hpp"
#include "http_get.hpp"
#include "run_report.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace fieldcast::simulate {
namespace {

Result<ExpectedHistory> load_expected(const VerifyOptions& options) {
  if (!options.acked_file.empty()) {
    std::ifstream in(options.acked_file, std::ios::binary);
    if (!in) return Error{"bad_ledger", "cannot read " + options.acked_file};
    return expected_from_ledger(std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
  }
  const auto tracks = load_tracks(options.folder, options.agent_per, options.agent_prefix);
  if (!tracks) return tracks.error();
  return expected_of(*tracks);
}

/// Errors: not_reached, bad_answer, bad_page; history_refused.
Result<std::vector<Timestamp>> fetch_history(HttpGetter& getter, const std::string& agent, const std::string& token,
                                             std::size_t page_size) {
  const std::string target =
      "/v1/agents/" + percent_encoded(agent) + "/positions?format=json&limit=" + std::to_string(page_size);
  std::vector<Timestamp> times;
  std::string cursor;
  do {
    const auto answer = getter.get(cursor.empty() ? target : target + "&cursor=" + percent_encoded(cursor), token);
    if (!answer) return answer.error();
    if (answer->status == 404) return times;  // nobody has heard of this agent: nothing is there
    if (answer->status != 200)
      return Error{"history_refused",
                   "the history of " + agent + " was answered with " + std::to_string(answer->status)};
    auto page = read_history_page(answer->body);
    if (!page) return page.error();
    times.insert(times.end(), page->recorded_at.begin(), page->recorded_at.end());
    if (page->next_cursor == cursor && !cursor.empty()) return Error{"bad_page", "the cursor does not move"};
    cursor = std::move(page->next_cursor);
  } while (!cursor.empty());
  return times;
}

void print_counts(const HistoryCounts& counts, bool json) {
  if (json) {
    const Json report{{"command", "verify"},   {"agents", counts.agents},   {"expected", counts.expected},
                      {"found", counts.found}, {"missing", counts.missing}, {"repeated", counts.repeated},
                      {"extra", counts.extra}};
    std::printf("%s\n", report.dump().c_str());
  } else {
    std::printf("agents %llu, expected %llu, found %llu, missing %llu, repeated %llu, extra %llu\n",
                static_cast<unsigned long long>(counts.agents), static_cast<unsigned long long>(counts.expected),
                static_cast<unsigned long long>(counts.found), static_cast<unsigned long long>(counts.missing),
                static_cast<unsigned long long>(counts.repeated), static_cast<unsigned long long>(counts.extra));
  }
}

}  // namespace

int run_verify(const VerifyOptions& options) {
  const auto expected = load_expected(options);
  if (!expected) return cannot_start("verify", expected.error());
  const auto tokens = TokenSource::open(options.server.credentials);
  if (!tokens) return cannot_start("verify", tokens.error());
  const auto token = tokens->manager("verify", {});
  if (!token) return cannot_start("verify", token.error());
  auto getter = HttpGetter::open(options.server);
  if (!getter) return cannot_start("verify", getter.error());

  HistoryCounts counts;
  for (const auto& [agent, times] : *expected) {
    auto found = fetch_history(*getter, agent, *token, options.page);
    if (!found) return cannot_start("verify", found.error());
    compare_history(times, std::move(*found), counts);
  }
  print_counts(counts, options.json);
  const bool exact = options.acked_file.empty();
  return counts.missing + counts.repeated == 0 && (!exact || counts.extra == 0) ? 0 : 1;
}

}  // namespace fieldcast::simulate
