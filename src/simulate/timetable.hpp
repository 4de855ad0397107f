// What is due when: one timer for everything, so that 15,000 agents cost no 15,000 timers.
//
// Threads: the io_context's. Limits: tasks come up to resolution late, never early.
#pragma once

#include "fieldcast/base/clock.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <queue>
#include <vector>

namespace fieldcast::simulate {

class Timetable {
 public:
  using Task = std::function<void()>;
  static constexpr milliseconds resolution{1};

  explicit Timetable(boost::asio::io_context& io) : timer_(io) {}

  void at(SteadyTime due, Task task);
  void after(SteadyTime::duration wait, Task task) { at(std::chrono::steady_clock::now() + wait, std::move(task)); }

 private:
  struct Entry {
    SteadyTime due;
    Task task;
    bool operator>(const Entry& other) const { return due > other.due; }
  };
  void arm();
  void run_due();

  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;
  Timer timer_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> entries_;
  SteadyTime armed_for_ = SteadyTime::max();
  bool running_ = false;
};

}  // namespace fieldcast::simulate
