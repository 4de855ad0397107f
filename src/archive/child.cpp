#include "child.hpp"

#include <array>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace fieldcast::archive {
namespace {

/// Standard streams, and signals as a program expects them.
class SpawnSettings {
 public:
  SpawnSettings(int output, int complaints) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, complaints, STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGXFSZ}) sigaddset(&signals, signal);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  int spawn(pid_t& pid, std::vector<char*>& arguments) const {
    return posix_spawnp(&pid, arguments.front(), &actions_, &attributes_, arguments.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<std::unique_ptr<Child>> Child::start(const std::vector<std::string>& arguments,
                                            std::shared_ptr<const Stop> stop) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return file_error("cannot make a pipe");
  File output(ends[0]);
  const File input(ends[1]);
  File complaints(::memfd_create("complaints", MFD_CLOEXEC));
  if (!complaints.is_open()) return file_error("cannot make a file in memory");
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t pid = 0;
  const int failed = SpawnSettings(input.get(), complaints.get()).spawn(pid, pointers);
  if (failed == ENOENT || failed == EACCES) return Error{"program_missing", arguments.front() + " is not installed"};
  if (failed != 0) return file_error("cannot start " + arguments.front(), failed);
  return std::unique_ptr<Child>(new Child(pid, std::move(stop), std::move(output), std::move(complaints)));
}

Child::Child(pid_t pid, std::shared_ptr<const Stop> stop, File output, File complaints)
    : pid_(pid),
      stop_(std::move(stop)),
      ending_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
      output_(std::move(output)),
      complaints_(std::move(complaints)) {}

Child::~Child() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  reap();
}

Result<std::size_t> Child::read(std::span<char> bytes) const {
  if (!stop_->wait_for(output_.get())) return Error{"archive_unavailable", "interrupted"};
  return output_.read(bytes);
}

Child::End Child::wait() {
  if (pid_ <= 0) return end_;
  if (ending_.is_open() && !stop_->wait_for(ending_.get())) ::kill(pid_, SIGKILL);
  reap();
  return end_;
}

void Child::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  end_ = WIFSIGNALED(status) ? End{-1, "it was ended by signal " + std::to_string(WTERMSIG(status))}
                             : End{WEXITSTATUS(status), last_complaint()};
}

std::string Child::last_complaint() const {
  constexpr std::size_t tail_bytes = 2'048, line_bytes = 300;
  const off_t size = ::lseek(complaints_.get(), 0, SEEK_END);
  const off_t begin = std::max<off_t>(0, size - static_cast<off_t>(tail_bytes));
  std::string tail(static_cast<std::size_t>(size - begin), '\0');
  const ssize_t got = ::pread(complaints_.get(), tail.data(), tail.size(), begin);
  tail.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!tail.empty() && (tail.back() == '\n' || tail.back() == '\r')) tail.pop_back();
  return tail.substr(tail.find_last_of("\r\n") + 1).substr(0, line_bytes);
}

}  // namespace fieldcast::archive
