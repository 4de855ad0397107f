// docs/protocol.md prints the one table of outcomes: the two must not differ.
#include "fieldcast/domain/outcome.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace fieldcast {
namespace {

std::string number_or_dash(std::uint16_t number) { return number == 0 ? "–" : std::to_string(number); }

std::string action_name(ClientAction action) {
  constexpr std::string_view names[] = {"none",    "fix_request",      "forget_record",          "retry_later",
                                        "sign_in", "do_not_reconnect", "reconnect_with_backoff", "reconnect_now"};
  return std::string(names[static_cast<std::size_t>(action)]);
}

std::string row_of(const Outcome& outcome) {
  std::string row = "| `" + std::string(outcome.code) + "` | " + number_or_dash(outcome.http_status) + " | ";
  row += number_or_dash(outcome.close_code) + " | " + action_name(outcome.action) + " | " + std::string(outcome.text);
  return row + " |";
}

TEST(ProtocolDocument, PrintsTheTableOfOutcomesAsItIs) {
  std::ifstream file(FIELDCAST_SOURCE_DIR "/docs/protocol.md");
  ASSERT_TRUE(file.good());
  std::string line;
  while (std::getline(file, line) && line != "## Outcomes") {
  }
  std::vector<std::string> rows;
  while (std::getline(file, line)) {
    if (line.starts_with("| `")) rows.push_back(line);
  }
  ASSERT_EQ(rows.size(), outcome::all().size());
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i], row_of(*outcome::all()[i]));
}

}  // namespace
}  // namespace fieldcast
