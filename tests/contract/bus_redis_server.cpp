#include "contract/bus_redis_server.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace fieldcast::bus::contract {

std::uint16_t free_port() {
  // Below the ports that the system itself gives to clients; a cluster's bus takes the port 10,000 above.
  static std::uint32_t next = 20'000 + static_cast<std::uint32_t>(::getpid()) * 37 % 2'000;
  for (;;) {
    const auto port = static_cast<std::uint16_t>(next++);
    const auto is_free = [](std::uint16_t wanted) {
      const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(wanted);
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      const bool bound = ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
      ::close(probe);
      return bound;
    };
    if (is_free(port) && is_free(static_cast<std::uint16_t>(port + 10'000))) return port;
  }
}

namespace {

/// Between fork and exec nothing may allocate: the words are ready before.
pid_t spawn(const std::vector<std::string>& words, const char* log, int output) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = output >= 0 ? output : ::open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::execvp(pointers[0], pointers.data());
  ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& words, const std::string& log)
    : id_(spawn(words, log.c_str(), -1)) {
  if (id_ < 0) throw std::runtime_error("cannot start " + words.at(0));
}

void ChildProcess::stop() {
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
  id_ = -1;
}

void ChildProcess::signal(int number) const {
  if (id_ > 0) ::kill(id_, number);
}

std::string run(const std::vector<std::string>& words) {
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = spawn(words, "", pipe_ends[1]);
  ::close(pipe_ends[1]);
  std::string output;
  std::array<char, 4096> piece;
  for (ssize_t size = 0; (size = ::read(pipe_ends[0], piece.data(), piece.size())) > 0;)
    output.append(piece.data(), static_cast<std::size_t>(size));
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  while (!output.empty() && output.back() == '\n') output.pop_back();
  if (status != 0) throw std::runtime_error(words.at(0) + " failed: " + output);
  return output;
}

RedisServer::RedisServer(std::vector<std::string> options, bool answers)
    : port_(free_port()), options_(std::move(options)), answers_(answers) {
  start();
}

void RedisServer::start() {
  std::vector<std::string> words{
      "redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1",   "--dir", file("."),
      "--save",       "",       "--appendonly",        "no",     "--daemonize", "no",    "--enable-debug-command",
      "yes"};
  words.insert(words.end(), options_.begin(), options_.end());
  process_ = std::make_unique<ChildProcess>(words, file("log"));
  if (!answers_) return;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  for (;;) {
    try {
      if (ask({"PING"}) == "PONG") return;
    } catch (const std::runtime_error&) {
    }
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("Redis does not answer: " + run({"tail", "-n", "5", file("log")}));
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

void RedisServer::stop() { process_.reset(); }

std::string RedisServer::ask(std::vector<std::string> words) const {
  std::vector<std::string> all{"redis-cli", "-p", std::to_string(port_)};
  all.insert(all.end(), client_options.begin(), client_options.end());
  all.insert(all.end(), words.begin(), words.end());
  return run(all);
}

}  // namespace fieldcast::bus::contract
