#include "shard.hpp"

#include "http_protocol.hpp"
#include "proxy_connection.hpp"

#include <array>
#include <ctime>

namespace fieldcast::transport {

namespace {
constexpr std::size_t tls_record_bytes = 16'384;
constexpr seconds drain_patience{5};
}  // namespace

Shard::Shard(ServerState& server, std::size_t index, boost::asio::io_context& context, Application& application)
    : server_(server),
      counters_(server.metrics.shard(index)),
      application_(application),
      now_(read_clock()),
      wheel_(now_.steady, granule, 2'048),
      read_buffer_(read_bytes + padding_bytes),
      write_scratch_(server.settings.tls.enabled() ? tls_record_bytes : 1),
      random_(std::random_device{}()),
      reactor_(context, *this, granule) {}

Shard::~Shard() {
  while (!connections_.empty()) connections_.back()->end();
}

void Shard::adopt(Accepted accepted) {
  auto owned = std::make_unique<Connection>(*this, std::move(accepted.descriptor));
  Connection& connection = *owned;
  const bool behind_proxy = settings().proxy_protocol && server_.trusted.contains(accepted.peer);
  std::unique_ptr<Protocol> first;
  if (behind_proxy)
    first = std::make_unique<ProxyConnection>(connection, accepted.peer);
  else
    first = std::make_unique<HttpProtocol>(connection, accepted.peer);
  if (!behind_proxy && !connection.start_tls()) return;
  if (!connection.open(std::move(first))) return;
  connection.place = connections_.size();
  connections_.push_back(std::move(owned));
  server_.connections.fetch_add(1, std::memory_order_relaxed);
  metrics::count(counters_.connections_opened);
  metrics::count(counters_.http_connections);
  connection.wake_by(now_.steady + settings().header_within);
}

void Shard::bury(Connection& connection) {
  const std::size_t place = connection.place;
  buried_.push_back(std::move(connections_[place]));
  if (place + 1 != connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->place = place;
  }
  connections_.pop_back();
  server_.connections.fetch_sub(1, std::memory_order_relaxed);
  reactor_.want_turn();
}

void Shard::want_flush(Connection& connection) {
  to_flush_.push_back(&connection);
  reactor_.want_turn();
}

void Shard::want_read(Connection& connection) {
  to_read_.push_back(&connection);
  reactor_.want_another_turn();
}

void Shard::begin_turn() {
  now_ = read_clock();
  std::vector<Connection*> again;
  again.swap(to_read_);
  for (Connection* connection : again) connection->on_ready(0);
}

void Shard::on_timer() {
  wheel_.advance(now_.steady, [](TimerWheel::Entry& entry) { static_cast<Connection&>(entry).on_due(); });
  if (draining_ && now_.steady >= drain_end_)
    while (!connections_.empty()) connections_.back()->end();
}

void Shard::end_turn() {
  flush_all();
  // Of what ended in this turn nothing may be left in the lists: what they point to goes now.
  if (!buried_.empty()) {
    std::erase_if(to_flush_, [](const Connection* connection) { return connection->ended(); });
    std::erase_if(to_read_, [](const Connection* connection) { return connection->ended(); });
  }
  buried_protocols_.clear();
  buried_.clear();
  if (!to_flush_.empty()) reactor_.want_another_turn();
  if (bytes_in_ != 0) metrics::count(counters_.bytes_in, std::exchange(bytes_in_, 0));
  if (bytes_out_ != 0) metrics::count(counters_.bytes_out, std::exchange(bytes_out_, 0));
  check_drained();
}

// What is queued while flushing goes with the next turn, so that one that always has more starves nobody.
void Shard::flush_all() {
  flushing_.swap(to_flush_);
  for (Connection* connection : flushing_) connection->flush();
  flushing_.clear();
}

void Shard::drain(std::string goaway_text, const Outcome& outcome, milliseconds over, std::function<void()> done) {
  now_ = read_clock();
  draining_ = true;
  drained_ = std::move(done);
  drain_end_ = now_.steady + over + drain_patience;
  const std::size_t count = connections_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto share = over * static_cast<std::int64_t>(i + 1) / static_cast<std::int64_t>(count);
    connections_[i]->protocol().on_drain({goaway_text, outcome, now_.steady + share});
  }
  reactor_.want_turn();
}

void Shard::check_drained() {
  if (!draining_ || !drained_ || !connections_.empty()) return;
  std::exchange(drained_, nullptr)();
}

std::string_view Shard::date() {
  if (now_.wall - date_of_ >= seconds{1} || now_.wall < date_of_) {
    date_of_ = std::chrono::floor<seconds>(now_.wall);
    const std::time_t unix_s = to_unix_ms(date_of_) / 1'000;
    std::tm parts{};
    ::gmtime_r(&unix_s, &parts);
    std::array<char, 40> text{};
    date_.assign(text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts));
  }
  return date_;
}

}  // namespace fieldcast::transport
