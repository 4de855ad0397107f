#include "reactor.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <sys/epoll.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace fieldcast::transport {

namespace {
constexpr int events_per_turn = 256;
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    number_ = other.release();
  }
  return *this;
}

void FileDescriptor::reset() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

int FileDescriptor::release() { return std::exchange(number_, -1); }

Reactor::Reactor(boost::asio::io_context& context, Owner& owner, std::chrono::milliseconds every)
    : context_(context), owner_(owner), every_(every), set_(context), timer_(context) {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  set_.assign(set);
}

Reactor::~Reactor() { *alive_ = false; }

void Reactor::start() {
  wait();
  wait_for_timer();
}

bool Reactor::add(int descriptor, std::uint32_t events, Watched& watched) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watched;
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Reactor::change(int descriptor, std::uint32_t events, Watched& watched) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watched;
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, descriptor, &event);
}

void Reactor::remove(int descriptor) { ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr); }

void Reactor::want_turn() {
  if (!in_turn_) want_another_turn();
}

void Reactor::want_another_turn() {
  if (turn_posted_) return;
  turn_posted_ = true;
  boost::asio::post(context_, [this, alive = alive_] {
    if (!*alive) return;
    turn_posted_ = false;
    run_turn([] {});
  });
}

// Asio re-arms the descriptor with each wait, so what stays ready in the set is told again.
void Reactor::wait() {
  set_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                  [this, alive = alive_](const boost::system::error_code& error) {
                    if (!*alive || error) return;
                    run_turn([this] { run_ready(); });
                    if (*alive) wait();
                  });
}

void Reactor::wait_for_timer() {
  timer_.expires_after(every_);
  timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
    if (!*alive || error) return;
    run_turn([this] { owner_.on_timer(); });
    if (*alive) wait_for_timer();
  });
}

void Reactor::run_ready() {
  std::array<epoll_event, events_per_turn> events;
  const int ready = ::epoll_wait(set_.native_handle(), events.data(), events_per_turn, 0);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<Watched*>(event.data.ptr)->on_ready(event.events);
  }
}

template <class Work>
void Reactor::run_turn(Work&& work) {
  in_turn_ = true;
  owner_.begin_turn();
  work();
  owner_.end_turn();
  in_turn_ = false;
}

}  // namespace fieldcast::transport
