#include "session.hpp"

#include "error_of.hpp"

#include <algorithm>
#include <array>
#include <boost/endian/conversion.hpp>
#include <poll.h>

namespace fieldcast::store::postgres {
namespace {

constexpr int binary = 1;
constexpr std::size_t parameters_max = 16;
constexpr milliseconds patience{1'000};     // beyond the time that the server gives a statement
constexpr milliseconds lock_time_max{500};  // short: a group that meets a lock is halved, and waits at each step

void ignore_notice(void*, const char*) {}

}  // namespace

std::int64_t Rows::integer(int row, int column) const {
  return boost::endian::load_big_s64(reinterpret_cast<const unsigned char*>(bytes(row, column).data()));
}

double Rows::real(int row, int column) const {
  if (is_null(row, column)) return std::numeric_limits<double>::quiet_NaN();
  return std::bit_cast<double>(integer(row, column));
}

std::string_view Rows::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

Result<Session> Session::open(const std::string& url, milliseconds time_max) {
  auto text = connection_string(url, {.statement_time_max = time_max, .lock_time_max = lock_time_max, .writes = true});
  if (!text) return text.error();
  Session session(PQconnectdb(text->c_str()), time_max);
  PGconn* connection = session.connection_.get();
  if (PQstatus(connection) != CONNECTION_OK) return session.lost();
  PQsetNoticeProcessor(connection, ignore_notice, nullptr);
  // The hot insert is planned once: a plan for its very arrays costs more than it gains.
  if (auto set = session.execute("SET plan_cache_mode = force_generic_plan"); !set) return set.error();
  if (PQsetnonblocking(connection, 1) != 0) return session.lost();
  return session;
}

Result<void> Session::prepare(const char* name, const char* sql) {
  auto done = answer(PQsendPrepare(connection_.get(), name, sql, 0, nullptr));
  if (!done) return done.error();
  return {};
}

Result<Rows> Session::run_prepared(const char* name, std::span<const std::string_view> parameters) {
  std::array<const char*, parameters_max> values{};
  std::array<int, parameters_max> lengths{}, formats{};
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    values[i] = parameters[i].data();
    lengths[i] = static_cast<int>(parameters[i].size());
    formats[i] = binary;
  }
  return answer(PQsendQueryPrepared(connection_.get(), name, static_cast<int>(parameters.size()), values.data(),
                                    lengths.data(), formats.data(), binary));
}

Result<void> Session::execute(const char* sql) {
  auto done = answer(PQsendQuery(connection_.get(), sql));
  if (!done) return done.error();
  return {};
}

void Session::roll_back() {
  std::string before = sqlstate_;
  if (auto undone = execute("ROLLBACK"); undone) sqlstate_ = std::move(before);
}

Result<Rows> Session::answer(int sent) {
  sqlstate_.clear();
  const SteadyTime deadline = std::chrono::steady_clock::now() + time_max_ + patience;
  if (sent != 1 || !send_all(deadline)) return lost();
  Rows kept(nullptr);
  // All results are taken, for the connection is ready only then; the first failure is the one that tells.
  for (bool failed = false;;) {
    if (!wait_for_result(deadline)) return lost();
    Rows next(PQgetResult(connection_.get()));
    if (next.result_ == nullptr) break;
    if (failed) continue;
    const ExecStatusType status = PQresultStatus(next.result_.get());
    failed = status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
    kept = std::move(next);
  }
  if (kept.result_ == nullptr) return lost();
  const ExecStatusType status = PQresultStatus(kept.result_.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return kept;
  return refused(kept.result_.get());
}

bool Session::send_all(SteadyTime deadline) {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left <= 0) return left == 0;
    // The server may itself wait for us to read what it says.
    if (!wait(POLLIN | POLLOUT, deadline) || PQconsumeInput(connection_.get()) == 0) return false;
  }
}

bool Session::wait_for_result(SteadyTime deadline) {
  while (PQisBusy(connection_.get()) != 0)
    if (!wait(POLLIN, deadline) || PQconsumeInput(connection_.get()) == 0) return false;
  return true;
}

bool Session::wait(short events, SteadyTime deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd waited{PQsocket(connection_.get()), events, 0};
  const int ready = ::poll(&waited, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  abandoned_ = ready == 0;
  return ready > 0 || (ready < 0 && errno == EINTR);
}

Error Session::lost() {
  if (abandoned_) return {"store_unavailable", "PostgreSQL does not answer"};
  abandoned_ = true;
  return {"store_unavailable", first_line(PQerrorMessage(connection_.get()), "the connection to PostgreSQL is lost")};
}

Error Session::refused(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  sqlstate_ = state == nullptr ? "" : state;
  return error_of(sqlstate_, message == nullptr ? first_line(PQerrorMessage(connection_.get()), "lost") : message);
}

}  // namespace fieldcast::store::postgres
