#include "timetable.hpp"

#include <algorithm>

namespace fieldcast::simulate {

void Timetable::at(SteadyTime due, Task task) {
  entries_.push({due, std::move(task)});
  if (!running_ && due < armed_for_) arm();
}

void Timetable::arm() {
  if (entries_.empty()) return;
  armed_for_ = std::max(entries_.top().due, std::chrono::steady_clock::now() + resolution);
  timer_.expires_at(armed_for_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) run_due();  // otherwise it was armed anew for an earlier time
  });
}

void Timetable::run_due() {
  running_ = true;
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!entries_.empty() && entries_.top().due <= now) {
    // top() is const for the heap's sake; the entry leaves it at once.
    Task task = std::move(const_cast<Entry&>(entries_.top()).task);
    entries_.pop();
    task();
  }
  running_ = false;
  armed_for_ = SteadyTime::max();
  arm();
}

}  // namespace fieldcast::simulate
