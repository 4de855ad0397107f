// Another program that runs for us: no shell, its output as a stream, what it complains of as one line.
#pragma once

#include "stop.hpp"

#include <memory>
#include <sys/types.h>
#include <vector>

namespace fieldcast::archive {

/// Threads: one at a time; any number of children.
class Child {
 public:
  /// Finds the program as a shell would. It is ended when `stop` is raised. Errors: program_missing;
  /// archive_unavailable.
  static Result<std::unique_ptr<Child>> start(const std::vector<std::string>& arguments,
                                              std::shared_ptr<const Stop> stop);
  /// Ends it when it still runs.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// What it writes; 0: it has closed its output.
  Result<std::size_t> read(std::span<char> bytes) const;

  struct End {
    int code = 0;           // of the exit; -1 when a signal ended it
    std::string complaint;  // the last line of its standard error, or the signal
  };
  /// Waits for its end, or ends it when it was stopped. May be asked again.
  End wait();

 private:
  Child(pid_t pid, std::shared_ptr<const Stop> stop, File output, File complaints);
  void reap();
  std::string last_complaint() const;

  pid_t pid_;  // 0 when it has ended
  const std::shared_ptr<const Stop> stop_;
  const File ending_;  // tells of its end
  End end_;
  const File output_;
  const File complaints_;  // in memory: nobody has to read both at the same time
};

}  // namespace fieldcast::archive
