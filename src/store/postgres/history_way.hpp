// Whether the database can show the history that it holds.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>

namespace fieldcast::store::postgres {

/// What is missing. Where TimescaleDB keeps the history and is not loaded, compressed rows are left out of every answer
/// without a word: nobody may be answered then.
inline std::optional<std::string> missing_for_history(pqxx::connection& connection) {
  pqxx::nontransaction transaction(connection);
  if (transaction.exec1("SELECT to_regproc('fieldcast_history_way')")[0].is_null()) return std::nullopt;
  const pqxx::row answer = transaction.exec1("SELECT missing FROM fieldcast_history_way()");
  return answer[0].is_null() ? std::nullopt : std::optional<std::string>(answer[0].c_str());
}

}  // namespace fieldcast::store::postgres
