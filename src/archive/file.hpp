// A file that is open, and what can go wrong with it.
#pragma once

#include "fieldcast/base/result.hpp"

#include <cerrno>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace fieldcast::archive {

/// What the system says of the last error.
inline Error file_error(const std::string& what, int number = errno) {
  return {"archive_unavailable", what + ": " + std::system_category().message(number)};
}

class File {
 public:
  explicit File(int descriptor = -1) : descriptor_(descriptor) {}
  ~File() { close(); }
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }
  void close() {
    if (is_open()) ::close(std::exchange(descriptor_, -1));
  }

  /// 0: the end. Errors: archive_unavailable.
  Result<std::size_t> read(std::span<char> bytes) const {
    for (;;) {
      const ssize_t got = ::read(descriptor_, bytes.data(), bytes.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return file_error("cannot read");
    }
  }
  Result<void> write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) return file_error("cannot write");
      if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

 private:
  int descriptor_;
};

}  // namespace fieldcast::archive
