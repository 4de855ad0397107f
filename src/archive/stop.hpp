// What ends the programs that run for us, from any thread.
#pragma once

#include "file.hpp"

#include <array>
#include <poll.h>
#include <sys/eventfd.h>

namespace fieldcast::archive {

/// Threads: any. Once raised it stays so.
class Stop {
 public:
  void raise() const { ::eventfd_write(event_.get(), 1); }

  /// Until `descriptor` has something to tell. False: raised.
  bool wait_for(int descriptor) const {
    std::array<pollfd, 2> waited{pollfd{event_.get(), POLLIN, 0}, pollfd{descriptor, POLLIN, 0}};
    while (::poll(waited.data(), waited.size(), -1) < 0 && errno == EINTR) {
    }
    return waited[0].revents == 0;
  }

 private:
  const File event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

}  // namespace fieldcast::archive
