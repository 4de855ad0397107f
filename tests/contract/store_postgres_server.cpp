#include "contract/store_postgres_server.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <libpq-fe.h>
#include <pqxx/pqxx>
#include <pwd.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

// libpqxx 6.4 forgets the result of the statement during which the connection was lost: it asks for the connection's
// encoding first, and that throws. Two kilobytes for each lost connection of a reader.
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx-6.4.so\n"; }

namespace fieldcast::store::contract {
namespace {

/// FIELDCAST_TEST_POSTGRES_BIN: the programs of another PostgreSQL, one with TimescaleDB, say.
const std::string programs = [] {
  const char* elsewhere = std::getenv("FIELDCAST_TEST_POSTGRES_BIN");
  return std::string(elsewhere == nullptr ? "/usr/lib/postgresql/15/bin" : elsewhere) + '/';
}();

/// PostgreSQL refuses to run as root.
const passwd* account() { return ::getuid() == 0 ? ::getpwnam("postgres") : nullptr; }

[[noreturn]] void become(const std::vector<std::string>& arguments, const passwd* who, const std::string& log) {
  if (who != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(who->pw_gid) != 0 || ::setuid(who->pw_uid) != 0))
    ::_exit(125);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // it ends with the tests, however these end
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, 1);
  ::dup2(out, 2);
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

std::string text_of(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

PostgresServer::PostgresServer(Durability durability, std::vector<std::string> settings)
    : durability_(durability), settings_(std::move(settings)) {
  give_to_account();
  run({programs + "initdb", "-D", directory_.file("data"), "-U", "tester", "-A", "trust", "-E", "UTF8",
       "--locale=C.UTF-8", "--no-sync", "--no-instructions"});
  start();
}

PostgresServer::PostgresServer(Durability durability, const PostgresServer& primary) : durability_(durability) {
  give_to_account();
  run({programs + "pg_basebackup", "-D", directory_.file("data"), "-d", primary.url("postgres"), "-R", "-c", "fast",
       "-X", "stream", "--no-sync"});
  start();
}

void PostgresServer::give_to_account() const {
  if (::getuid() == 0 && account() == nullptr) throw std::runtime_error("there is no account postgres to run it as");
  if (const passwd* who = account())
    if (::chown(directory_.file("").c_str(), who->pw_uid, who->pw_gid) != 0) throw std::runtime_error("chown failed");
}

PostgresServer::~PostgresServer() {
  if (pid_ != 0) stop(SIGQUIT);
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server(Durability::none);
  return server;
}

PostgresServer* PostgresServer::with_timescale() {
  if (!std::filesystem::exists(programs + "../lib/timescaledb.so")) return nullptr;
  // Its workers would have nothing to do.
  static PostgresServer server(Durability::none,
                               {"shared_preload_libraries=timescaledb", "timescaledb.telemetry_level=off",
                                "timescaledb.max_background_workers=1"});
  return &server;
}

pid_t PostgresServer::launch(const std::vector<std::string>& arguments) const {
  if (!std::filesystem::exists(arguments[0])) throw std::runtime_error(arguments[0] + " is missing: see scripts/setup");
  const passwd* who = account();
  const pid_t child = ::fork();
  if (child == 0) become(arguments, who, directory_.file("log"));
  if (child < 0) throw std::runtime_error("cannot fork");
  return child;
}

void PostgresServer::run(const std::vector<std::string>& arguments) const {
  int status = 0;
  ::waitpid(launch(arguments), &status, 0);
  if (status != 0) throw std::runtime_error(arguments[0] + " failed:\n" + text_of(directory_.file("log")));
}

void PostgresServer::start() {
  std::vector<std::string> arguments = {
      programs + "postgres", "-D", directory_.file("data"), "-k", directory_.file(""), "-h", "", "-c",
      "max_connections=200", "-c", "fieldcast.places=off"};  // the extension takes a second in each database
  if (durability_ == Durability::none)
    for (const char* setting : {"fsync=off", "full_page_writes=off"})
      arguments.insert(arguments.end(), {"-c", setting});
  for (const std::string& setting : settings_) arguments.insert(arguments.end(), {"-c", setting});
  pid_ = launch(arguments);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (!answers()) {
    if (std::chrono::steady_clock::now() > deadline || ::waitpid(pid_, nullptr, WNOHANG) != 0)
      throw std::runtime_error("PostgreSQL does not start:\n" + text_of(directory_.file("log")));
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

void PostgresServer::stop(int signal) {
  ::kill(pid_, signal);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void PostgresServer::freeze(bool frozen) {
  const int signal = frozen ? SIGSTOP : SIGCONT;
  if (frozen) ::kill(pid_, signal);
  std::ifstream children("/proc/" + std::to_string(pid_) + "/task/" + std::to_string(pid_) + "/children");
  for (pid_t child = 0; children >> child;) ::kill(child, signal);
  if (!frozen) ::kill(pid_, signal);
}

bool PostgresServer::answers() const { return PQping(url("postgres").c_str()) == PQPING_OK; }

std::string PostgresServer::url(const std::string& database) const {
  return "host=" + directory_.file("") + " user=tester dbname=" + database;
}

std::string PostgresServer::create_database() {
  const std::string name = "test" + std::to_string(++databases_);
  sql(url("postgres"), "CREATE DATABASE " + name);
  return name;
}

void PostgresServer::drop_database(const std::string& name) {
  try {
    sql(url("postgres"), "DROP DATABASE " + name + " WITH (FORCE)");
  } catch (const std::exception&) {
    // A test that ends with the server stopped: its data goes with the server.
  }
}

std::string sql(const std::string& url, const std::string& statement) {
  pqxx::connection connection(url);
  const pqxx::quiet_errorhandler quiet(connection);
  pqxx::nontransaction transaction(connection);
  const pqxx::result result = transaction.exec(statement);
  return result.empty() ? std::string() : result[0][0].as<std::string>("");
}

}  // namespace fieldcast::store::contract
