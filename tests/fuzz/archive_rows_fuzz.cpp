// Rows of an archive: what can be read is written as the same row again.
#include "fieldcast/archive/day_text.hpp"
#include "fieldcast/codec/csv_reader.hpp"

#include <cstdint>
#include <cstdlib>

using namespace fieldcast::archive;

namespace {

std::string line_of(const Row& row) {
  std::string line;
  append_history(line, row.agent, row.position);
  append_identity(line, row.agent);
  return line;
}

std::vector<Row> rows_of(std::string_view text) {
  fieldcast::codec::CsvReader reader;
  std::vector<Row> rows;
  const auto visit = [&rows](std::span<const std::string> cells) -> fieldcast::Result<void> {
    Row row;
    if (parse_row(cells, row)) rows.push_back(row);
    return {};
  };
  if (reader.feed(text, visit)) static_cast<void>(reader.finish(visit));
  return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const Row& row : rows_of({reinterpret_cast<const char*>(data), size})) {
    const std::string line = line_of(row);
    const auto again = rows_of(line);
    if (again.size() != 1 || line_of(again.front()) != line) std::abort();
  }
  return 0;
}
