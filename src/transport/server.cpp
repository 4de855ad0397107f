#include "fieldcast/transport/server.hpp"

#include "listener.hpp"
#include "shard.hpp"
#include "tls_context.hpp"

#include <boost/asio/post.hpp>
#include <csignal>
#include <stdexcept>

namespace fieldcast::transport {

namespace asio = boost::asio;

struct Server::Body {
  Body(Settings settings, std::vector<asio::io_context*> given, const std::vector<Application*>& applications,
       metrics::Metrics& metrics)
      : state{std::move(settings), TrustedAddresses({}), metrics, {}}, contexts(std::move(given)) {
    state.trusted = TrustedAddresses(state.settings.trusted_proxies);
    for (std::size_t i = 0; i < contexts.size(); ++i)
      shards.push_back(std::make_shared<Shard>(state, i, *contexts[i], *applications[i]));
  }

  /// Runs `task(shard)` on the shard's thread, unless the server is gone by then.
  template <class Task>
  void post(std::size_t index, Task task) {
    asio::post(*contexts[index], [shard = std::weak_ptr<Shard>(shards[index]), task = std::move(task)]() mutable {
      if (const auto alive = shard.lock()) task(*alive);
    });
  }
  void deliver(Accepted accepted);

  ServerState state;
  std::vector<asio::io_context*> contexts;
  std::unique_ptr<Listener> listener;
  std::vector<std::shared_ptr<Shard>> shards;
  TlsContextPtr tls;
  std::size_t next_shard = 0;
};

void Server::Body::deliver(Accepted accepted) {
  const std::size_t index = next_shard++ % shards.size();
  if (index == 0) return shards[0]->adopt(std::move(accepted));
  post(index, [accepted = std::move(accepted)](Shard& shard) mutable { shard.adopt(std::move(accepted)); });
}

Server::Server(Settings settings, std::vector<asio::io_context*> contexts, std::vector<Application*> applications,
               metrics::Metrics& metrics) {
  if (contexts.empty() || contexts.size() != applications.size() || metrics.shards() < contexts.size())
    throw std::invalid_argument("transport::Server: one context, application and counters for each shard");
  body_ = std::make_unique<Body>(std::move(settings), std::move(contexts), applications, metrics);
}

Server::~Server() = default;

void Server::start() {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (body_->state.settings.tls.enabled()) {
    auto loaded = load_tls(body_->state.settings.tls, nullptr);
    if (!loaded) throw std::runtime_error(loaded.error().text);
    body_->tls = *loaded;
  }
  body_->listener =
      std::make_unique<Listener>(body_->state, [body = body_.get()](Accepted one) { body->deliver(std::move(one)); });
  for (std::size_t i = 0; i < body_->shards.size(); ++i)
    body_->post(i, [tls = body_->tls](Shard& shard) {
      shard.use_tls(tls);
      shard.start();
    });
  body_->post(0, [body = body_.get()](Shard& shard) { body->listener->start(shard); });
}

std::uint16_t Server::port() const { return body_->listener ? body_->listener->port() : 0; }

Result<void> Server::reload_tls() {
  if (!body_->state.settings.tls.enabled()) return {};
  auto loaded = load_tls(body_->state.settings.tls, body_->tls);
  if (!loaded) return loaded.error();
  body_->tls = *loaded;
  for (std::size_t i = 0; i < body_->shards.size(); ++i)
    body_->post(i, [tls = body_->tls](Shard& shard) { shard.use_tls(tls); });
  return {};
}

void Server::stop_listening() {
  body_->post(0, [body = body_.get()](Shard&) {
    if (body->listener) body->listener->stop();
  });
}

void Server::drain(std::string goaway_text, const Outcome& outcome, milliseconds over, std::function<void()> done) {
  stop_listening();
  auto waiting = std::make_shared<std::atomic<std::size_t>>(body_->shards.size());
  auto shard_done = [waiting, done = std::move(done)] {
    if (waiting->fetch_sub(1) == 1 && done) done();
  };
  for (std::size_t i = 0; i < body_->shards.size(); ++i)
    body_->post(i, [goaway_text, &outcome, over, shard_done](Shard& shard) {
      shard.drain(goaway_text, outcome, over, shard_done);
    });
}

std::size_t Server::connections() const { return body_->state.connections.load(std::memory_order_relaxed); }

}  // namespace fieldcast::transport
