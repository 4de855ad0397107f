#include "fieldcast/simulate/history_check.hpp"

#include "fieldcast/base/rfc3339.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace fieldcast::simulate {
namespace {

constexpr Timestamp earliest = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};

bool is_kept(const Fix& fix) {
  return std::abs(fix.at.latitude_deg) <= 90 && std::abs(fix.at.longitude_deg) <= 180 && fix.recorded_at >= earliest;
}

void make_distinct(ExpectedHistory& history) {
  for (auto& [agent, times] : history) {
    std::ranges::sort(times);
    times.erase(std::unique(times.begin(), times.end()), times.end());
  }
}

}  // namespace

ExpectedHistory expected_of(const Tracks& tracks) {
  ExpectedHistory history;
  for (const AgentTrack& track : tracks.agents) {
    auto& times = history[track.agent];
    for (const Fix& fix : track.fixes) {
      if (is_kept(fix)) times.push_back(fix.recorded_at);
    }
  }
  make_distinct(history);
  return history;
}

Result<ExpectedHistory> expected_from_ledger(std::string_view text) {
  ExpectedHistory history;
  std::size_t line_number = 0;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    ++line_number;
    const std::size_t tab = line.rfind('\t');
    std::int64_t unix_ms = 0;
    const std::string_view digits = tab == std::string_view::npos ? std::string_view() : line.substr(tab + 1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), unix_ms);
    if (digits.empty() || tab == 0 || read.ec != std::errc{} || read.ptr != digits.data() + digits.size())
      return Error{"bad_ledger", "line " + std::to_string(line_number) + " is not agent, tab, milliseconds"};
    history[std::string(line.substr(0, tab))].push_back(from_unix_ms(unix_ms));
  }
  make_distinct(history);
  return history;
}

void compare_history(const std::vector<Timestamp>& expected, std::vector<Timestamp> found, HistoryCounts& counts) {
  ++counts.agents;
  counts.expected += expected.size();
  counts.found += found.size();
  std::ranges::sort(found);
  const auto rest = std::unique(found.begin(), found.end());
  counts.repeated += static_cast<std::size_t>(found.end() - rest);
  found.erase(rest, found.end());
  std::vector<Timestamp> common;
  std::ranges::set_intersection(expected, found, std::back_inserter(common));
  counts.missing += expected.size() - common.size();
  counts.extra += found.size() - common.size();
}

Result<HistoryPage> read_history_page(std::string_view json) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object() || !document.contains("positions") || !document["positions"].is_array())
    return Error{"bad_page", "the history is no object with positions"};
  HistoryPage page;
  for (const auto& position : document["positions"]) {
    if (!position.is_object() || !position.contains("recorded_at") || !position["recorded_at"].is_string())
      return Error{"bad_page", "a position has no recorded_at"};
    const auto time = parse_rfc3339(position["recorded_at"].get_ref<const std::string&>());
    if (!time) return Error{"bad_page", "a recorded_at cannot be read"};
    page.recorded_at.push_back(*time);
  }
  if (document.contains("next_cursor") && document["next_cursor"].is_string())
    page.next_cursor = document["next_cursor"];
  return page;
}

}  // namespace fieldcast::simulate
