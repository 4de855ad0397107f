#include "resolver.hpp"

#include "fieldcast/base/ownership.hpp"

#include <boost/asio/post.hpp>
#include <deque>
#include <netdb.h>
#include <pthread.h>
#include <thread>
#include <unordered_map>

namespace fieldcast::bus::redis {
namespace {

using boost::asio::ip::tcp;

struct Question {
  std::uint64_t number = 0;
  std::string host;
  std::uint16_t port = 0;
};

Resolver::Endpoints look_up(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  Resolver::Endpoints endpoints;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return endpoints;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    tcp::endpoint endpoint;
    if (each->ai_addrlen > endpoint.capacity()) continue;
    std::copy_n(reinterpret_cast<const char*>(each->ai_addr), each->ai_addrlen,
                reinterpret_cast<char*>(endpoint.data()));
    endpoint.resize(each->ai_addrlen);
    endpoint.port(port);
    endpoints.push_back(endpoint);
  }
  ::freeaddrinfo(found);
  return endpoints;
}

}  // namespace

struct Resolver::State {
  Mutex mutex;
  boost::asio::io_context* io FIELDCAST_GUARDED_BY(mutex) = nullptr;  // null: nobody wants to know any more
  std::deque<Question> questions FIELDCAST_GUARDED_BY(mutex);
  // Not with the thread that looks up: what they hold belongs to the context's thread and must not outlive it.
  std::unordered_map<std::uint64_t, Resolved> waiting FIELDCAST_GUARDED_BY(mutex);
  std::uint64_t asked FIELDCAST_GUARDED_BY(mutex) = 0;
  bool running FIELDCAST_GUARDED_BY(mutex) = false;

  static void run(const std::shared_ptr<State>& state) {
    ::pthread_setname_np(::pthread_self(), "bus-resolve");
    for (;;) {
      Question question;
      {
        MutexLock lock(state->mutex);
        state->running = state->io != nullptr && !state->questions.empty();
        if (!state->running) return;
        question = std::move(state->questions.front());
        state->questions.pop_front();
      }
      Endpoints endpoints = look_up(question.host, question.port);
      MutexLock lock(state->mutex);
      auto waiting = state->waiting.extract(question.number);
      if (waiting.empty()) continue;  // the resolver has ended
      boost::asio::post(*state->io, [resolved = std::move(waiting.mapped()), endpoints = std::move(endpoints)] {
        resolved(endpoints);
      });
    }
  }
};

Resolver::Resolver(boost::asio::io_context& io) : state_(std::make_shared<State>()) {
  MutexLock lock(state_->mutex);
  state_->io = &io;
}

Resolver::~Resolver() {
  std::unordered_map<std::uint64_t, Resolved> dropped;
  MutexLock lock(state_->mutex);
  state_->io = nullptr;
  dropped.swap(state_->waiting);
}

void Resolver::resolve(const std::string& host, std::uint16_t port, Resolved resolved) {
  boost::system::error_code not_literal;
  const auto address = boost::asio::ip::make_address(host, not_literal);
  MutexLock lock(state_->mutex);
  if (!not_literal) {
    boost::asio::post(*state_->io, [resolved = std::move(resolved), endpoint = tcp::endpoint(address, port)] {
      resolved({endpoint});
    });
    return;
  }
  const std::uint64_t number = ++state_->asked;
  state_->waiting.emplace(number, std::move(resolved));
  state_->questions.push_back({number, host, port});
  if (std::exchange(state_->running, true)) return;
  std::thread([state = state_] { State::run(state); }).detach();
}

}  // namespace fieldcast::bus::redis
