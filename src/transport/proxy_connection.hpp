// A connection whose PROXY header has not come yet.
#pragma once

#include "connection.hpp"
#include "fieldcast/transport/proxy_protocol.hpp"

#include <boost/asio/ip/address.hpp>

namespace fieldcast::transport {

class ProxyConnection final : public Protocol {
 public:
  ProxyConnection(Connection& connection, const boost::asio::ip::address& proxy);
  std::size_t bytes_wanted() const override { return reader_.wanted(); }
  void on_bytes(std::span<char> bytes, std::size_t readable_after) override;
  bool on_end_of_input() override { return false; }
  void on_flushed(bool, bool) override {}
  SteadyTime on_timer(Now now) override;
  void on_stalled() override {}
  void on_overflow() override {}
  void on_drain(const DrainPlan&) override { connection_.cut(); }
  void on_gone() override;

 private:
  Connection& connection_;
  boost::asio::ip::address proxy_;
  SteadyTime deadline_;
  ProxyHeaderReader reader_;
};

}  // namespace fieldcast::transport
