#include "connection_string.hpp"

#include <libpq-fe.h>
#include <memory>

namespace fieldcast::store::postgres {
namespace {

struct Setting {
  const char* keyword;
  const char* value;
};

// A server that went away without a word is noticed within 30 s when nothing is under way and 10 s when something is.
constexpr Setting defaults[] = {{"connect_timeout", "3"},      {"keepalives_idle", "15"},
                                {"keepalives_interval", "5"},  {"keepalives_count", "3"},
                                {"tcp_user_timeout", "10000"}, {"fallback_application_name", "fieldcast"},
                                {"client_encoding", "UTF8"}};

std::string quoted(const std::string& value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

/// The server must notice a lost client, too: its open transaction would hold locks for hours.
constexpr const char* server_options =
    " -c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000"
    " -c TimeZone=UTC -c DateStyle=ISO";

/// TimescaleDB otherwise refuses a change that meets many compressed rows. To other servers it is nothing.
constexpr const char* compressed_rows_option = " -c timescaledb.max_tuples_decompressed_per_dml_transaction=0";

std::string session_options(const Limits& limits) {
  return "-c statement_timeout=" + std::to_string(limits.statement_time_max.count()) +
         " -c lock_timeout=" + std::to_string(limits.lock_time_max.count()) +
         " -c client_connection_check_interval=" + std::to_string(limits.client_looked_for_every.count()) +
         " -c idle_in_transaction_session_timeout=" + std::to_string(limits.idle_in_transaction_max.count()) +
         server_options + (limits.writes ? compressed_rows_option : "");
}

}  // namespace

Result<std::string> connection_string(const std::string& url, const Limits& limits) {
  const auto free_options = [](PQconninfoOption* options) { PQconninfoFree(options); };
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(free_options)> parsed(PQconninfoParse(url.c_str(), &complaint),
                                                                         free_options);
  PQfreemem(complaint);
  if (parsed == nullptr) return Error{"store_unavailable", "the connection string of PostgreSQL cannot be read"};
  std::string text;
  std::string options = session_options(limits);
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    const std::string keyword = option->keyword;
    if (keyword == "options") {
      if (option->val != nullptr) options += ' ' + std::string(option->val);
      continue;
    }
    const char* value = option->val;
    for (const Setting& setting : defaults)
      if (value == nullptr && keyword == setting.keyword) value = setting.value;
    if (value == nullptr && limits.writes && keyword == "target_session_attrs") value = "read-write";
    if (value != nullptr) text += keyword + '=' + quoted(value) + ' ';
  }
  return Result<std::string>(boost::system::in_place_value, text + "options=" + quoted(options));
}

}  // namespace fieldcast::store::postgres
