#include "keep_compressing.hpp"

namespace fieldcast::store::postgres {
namespace {

constexpr seconds begin_patience{60}, compress_patience{300}, finish_patience{60};

Result<void> until_it_says_true(KeepConnection& connection, seconds patience, const char* sql, const std::string& day) {
  return connection.until(patience, [&] { return connection.says_true(sql, day); });
}

/// What was compressed leaves dead rows behind, each of which keeps the file from shrinking; and of the packs nobody
/// knows yet how many they are.
Result<void> vacuum(KeepConnection& connection, const std::string& day) {
  auto names = connection.ask("SELECT chunk, packed FROM timescale_chunks($1::date)", day);
  if (!names) return names.error();
  if (names->empty()) return Error{"store_unavailable", "the day was dropped meanwhile"};
  if (auto slowed = connection.ask("SET vacuum_cost_delay = 1"); !slowed) return slowed.error();
  for (const pqxx::field& name : (*names)[0]) {
    auto vacuumed = connection.ask((std::string("VACUUM (FREEZE, ANALYZE, INDEX_CLEANUP ON) ") + name.c_str()).c_str());
    if (!vacuumed) return vacuumed.error();
  }
  return {};
}

}  // namespace

Result<bool> is_compressed_when_closed(KeepConnection& connection) {
  return connection.says_true("SELECT way = 'timescale' FROM fieldcast_history_way()");
}

Result<void> compress_day(KeepConnection& connection, const std::string& day) {
  if (auto begun = until_it_says_true(connection, begin_patience, "SELECT fieldcast_close_begin($1::date)", day);
      !begun)
    return begun;
  // Twice: what came during the first time lies behind the room that it left, which nobody can be given back.
  for (int time = 0; time < 2; ++time) {
    if (auto compressed =
            until_it_says_true(connection, compress_patience, "SELECT fieldcast_close_compress($1::date)", day);
        !compressed)
      return compressed;
    if (auto vacuumed = vacuum(connection, day); !vacuumed) return vacuumed;
  }
  return until_it_says_true(connection, finish_patience, "SELECT fieldcast_close_finish($1::date)", day);
}

}  // namespace fieldcast::store::postgres
