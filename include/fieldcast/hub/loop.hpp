// One shard's thread: an io_context that only it runs, and its way in from others.
#pragma once

#include "fieldcast/base/clock.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>
#include <utility>

namespace fieldcast::hub {

class Loop {
 public:
  explicit Loop(std::size_t index);
  ~Loop();  // stop()
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void start();
  /// Ends the thread once it returns to the loop; what is posted but not run is dropped. Idempotent.
  void stop();

  std::size_t index() const { return index_; }
  boost::asio::io_context& context() { return context_; }
  bool here() const { return std::this_thread::get_id() == thread_.get_id(); }

  /// Runs `task` on this loop's thread, after what was posted before it from the same thread. Threads: any.
  template <class Task>
  void post(Task&& task) {
    boost::asio::post(context_.get_executor(), std::forward<Task>(task));
  }

 private:
  const std::size_t index_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace fieldcast::hub
