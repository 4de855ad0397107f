#include "connection.hpp"

namespace fieldcast::store::sqlite {

Error error_of(sqlite3* database, int code) {
  const int kind = code & 0xff;
  const bool caused_by_value = kind == SQLITE_CONSTRAINT || kind == SQLITE_MISMATCH || kind == SQLITE_TOOBIG;
  std::string text = sqlite3_errstr(code);
  if (database != nullptr && (sqlite3_errcode(database) & 0xff) == kind) {
    const std::string detail = sqlite3_errmsg(database);
    if (detail != text) text += ": " + detail;
  }
  text += " (sqlite " + std::to_string(code) + ")";
  return {caused_by_value ? "record_unusable" : "store_unavailable", std::move(text)};
}

void Statement::bind(int index, std::int64_t value) { note(sqlite3_bind_int64(statement_.get(), index, value)); }

void Statement::bind(int index, double value) { note(sqlite3_bind_double(statement_.get(), index, value)); }

void Statement::bind(int index, std::string_view value) {
  // A null pointer would bind NULL, not the empty text.
  const char* data = value.data() == nullptr ? "" : value.data();
  note(sqlite3_bind_text64(statement_.get(), index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_null(int index) { note(sqlite3_bind_null(statement_.get(), index)); }

Result<bool> Statement::step() {
  sqlite3* database = sqlite3_db_handle(statement_.get());
  if (bound_ != SQLITE_OK) return error_of(database, bound_);
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error_of(database, code);
}

Result<void> Statement::run() {
  const ResetAtEnd reset(*this);
  for (;;) {
    auto stepped = step();
    if (!stepped) return stepped.error();
    if (!*stepped) return {};
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());  // repeats the error of step, which was reported
  bound_ = SQLITE_OK;
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Result<Connection> Connection::open(const std::string& file, milliseconds busy_timeout) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &database,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Connection connection(database);  // sqlite wants it closed even when opening failed
  if (code != SQLITE_OK) return error_of(database, code);
  sqlite3_busy_timeout(database, static_cast<int>(busy_timeout.count()));
  return connection;
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error_of(handle_.get(), code);
  return Statement(statement);
}

Result<void> Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(handle_.get(), code);
  return {};
}

Transaction::~Transaction() {
  if (!connection_.in_transaction()) return;
  // A failed ROLLBACK leaves a connection that fails again at BEGIN, and is then replaced.
  if (auto rolled_back = connection_.execute("ROLLBACK"); !rolled_back) return;
}

}  // namespace fieldcast::store::sqlite
