// A real Redis server of a test's own: a free port, a temporary directory, gone with its owner, also when the test is
// killed.
#pragma once

#include "contract/temporary_directory.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace fieldcast::bus::contract {

std::uint16_t free_port();

/// A program that ends with its owner.
class ChildProcess {
 public:
  ChildProcess() = default;
  explicit ChildProcess(const std::vector<std::string>& words, const std::string& log = "/dev/null");
  ~ChildProcess() { stop(); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// SIGKILL, and waits for the end.
  void stop();
  void signal(int number) const;

 private:
  pid_t id_ = -1;
};

/// Runs a program to its end; its output. Throws when it fails.
std::string run(const std::vector<std::string>& words);

class RedisServer {
 public:
  /// `options`: as on redis-server's command line. Waits until it answers.
  explicit RedisServer(std::vector<std::string> options = {}, bool answers = true);
  std::uint16_t port() const { return port_; }
  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  /// redis-cli's answer to a command, without the end of the line.
  std::string ask(std::vector<std::string> words) const;
  void stop();
  void start();
  void signal(int number) const { process_->signal(number); }
  std::string file(const std::string& name) const { return directory_.file(name); }
  /// For redis-cli, before the command: a password, TLS.
  std::vector<std::string> client_options;

 private:
  TemporaryDirectory directory_;
  std::uint16_t port_;
  std::vector<std::string> options_;
  bool answers_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace fieldcast::bus::contract
