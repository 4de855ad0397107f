#include "contract/archive_webdav.hpp"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace fieldcast::archive::contract {
namespace {

/// Where it says that it listens; empty until then.
std::string address_in(const std::string& log) {
  std::ifstream file(log);
  std::stringstream text;
  text << file.rdbuf();
  const std::string said = text.str();
  const auto begin = said.find("http://127.0.0.1:");
  const auto end = said.find_first_of("/] \n", begin == std::string::npos ? begin : begin + 7);
  return begin == std::string::npos || end == std::string::npos ? std::string() : said.substr(begin, end - begin);
}

}  // namespace

WebdavServer::WebdavServer() {
  const std::string log = directory_.file("log"), folder = directory_.file("served");
  std::filesystem::create_directory(folder);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // it ends with the tests, however these end
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::execlp("rclone", "rclone", "serve", "webdav", "--addr", "127.0.0.1:0", folder.c_str(), nullptr);
    ::_exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while ((url_ = address_in(log)).empty()) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0 || std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("rclone serves no WebDAV");
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

WebdavServer::~WebdavServer() { stop(); }

void WebdavServer::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

Variable::Variable(std::string name, const std::string& value) : name_(std::move(name)) {
  if (const char* before = ::getenv(name_.c_str()); before != nullptr) {
    before_ = before;
    was_set_ = true;
  }
  ::setenv(name_.c_str(), value.c_str(), 1);
}

Variable::~Variable() {
  if (was_set_)
    ::setenv(name_.c_str(), before_.c_str(), 1);
  else
    ::unsetenv(name_.c_str());
}

}  // namespace fieldcast::archive::contract
