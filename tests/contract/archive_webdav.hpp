// A remote of rclone that is a server: WebDAV, served by rclone itself from a folder, on a free port.
#pragma once

#include "contract/temporary_directory.hpp"

#include <string>
#include <sys/types.h>

namespace fieldcast::archive::contract {

class WebdavServer {
 public:
  /// Throws std::runtime_error when rclone is missing or does not start: tests that need it must fail.
  WebdavServer();
  ~WebdavServer();
  WebdavServer(const WebdavServer&) = delete;
  WebdavServer& operator=(const WebdavServer&) = delete;

  const std::string& url() const { return url_; }
  void stop();

 private:
  TemporaryDirectory directory_;
  pid_t pid_ = 0;
  std::string url_;
};

/// A variable of the environment, for as long as this lives.
class Variable {
 public:
  Variable(std::string name, const std::string& value);
  ~Variable();
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const std::string name_;
  std::string before_;
  bool was_set_ = false;
};

}  // namespace fieldcast::archive::contract
