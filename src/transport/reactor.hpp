// One epoll set of one shard, which Asio waits on as one descriptor.
//
// Work comes in turns: the descriptors that are ready are told, then the turn
// ends and its owner writes what was queued meanwhile. So everything that is sent
// in one turn leaves together.
// Threads: its io_context's. Cost: three system calls a turn, none per socket.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

namespace fieldcast::transport {

/// Closes its descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void reset();
  int release();

 private:
  int number_ = -1;
};

class Reactor {
 public:
  /// Something with a descriptor.
  class Watched {
   public:
    virtual void on_ready(std::uint32_t events) = 0;

   protected:
    ~Watched() = default;
  };
  class Owner {
   public:
    virtual void begin_turn() = 0;
    virtual void on_timer() = 0;
    virtual void end_turn() = 0;

   protected:
    ~Owner() = default;
  };

  /// Throws std::system_error when the system gives no epoll descriptor. `every`: the period of on_timer.
  Reactor(boost::asio::io_context& context, Owner& owner, std::chrono::milliseconds every);
  ~Reactor();

  void start();  // on its thread
  /// False: the system refuses (watches or memory at an end). A Watched must live until the end of the
  /// turn in which it is removed.
  bool add(int descriptor, std::uint32_t events, Watched& watched);
  void change(int descriptor, std::uint32_t events, Watched& watched);
  void remove(int descriptor);

  /// Outside of a turn: has one run soon. Inside: nothing to do.
  void want_turn();
  /// Has another turn run after this one, whatever happens.
  void want_another_turn();

 private:
  void wait();
  void wait_for_timer();
  void run_ready();
  template <class Work>
  void run_turn(Work&& work);

  boost::asio::io_context& context_;
  Owner& owner_;
  const std::chrono::milliseconds every_;
  boost::asio::posix::stream_descriptor set_;
  boost::asio::steady_timer timer_;
  bool in_turn_ = false;
  bool turn_posted_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // handlers outlive this object
};

}  // namespace fieldcast::transport
