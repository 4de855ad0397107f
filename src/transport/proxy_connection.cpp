#include "proxy_connection.hpp"

#include "http_protocol.hpp"
#include "shard.hpp"

namespace fieldcast::transport {

ProxyConnection::ProxyConnection(Connection& connection, const boost::asio::ip::address& proxy)
    : connection_(connection),
      proxy_(proxy),
      deadline_(connection.shard().now().steady + connection.shard().settings().header_within) {}

void ProxyConnection::on_bytes(std::span<char> bytes, std::size_t) {
  switch (reader_.feed({bytes.data(), bytes.size()})) {
    case ProxyHeaderReader::State::more:
      return;
    case ProxyHeaderReader::State::invalid:
      return connection_.end();
    case ProxyHeaderReader::State::complete:
      break;
  }
  if (!connection_.start_tls()) return connection_.end();
  const auto source = parse_address(reader_.source());
  connection_.replace(std::make_unique<HttpProtocol>(connection_, source.value_or(proxy_)));
}

SteadyTime ProxyConnection::on_timer(Now now) {
  if (now.steady >= deadline_) connection_.end();
  return deadline_;
}

void ProxyConnection::on_gone() { connection_.shard().counters().http_connections.fetch_sub(1); }

}  // namespace fieldcast::transport
