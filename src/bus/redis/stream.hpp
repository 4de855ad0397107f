// A TCP connection, in TLS or not.
#pragma once

#include "fieldcast/base/result.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fieldcast::bus::redis {

/// TLS 1.2 or later; the server's certificate is checked against `ca_file`, or the system's authorities when empty.
Result<std::shared_ptr<boost::asio::ssl::context>> make_tls(const std::string& ca_file);

class Stream {
 public:
  using ErrorCode = boost::system::error_code;
  using Done = std::function<void(ErrorCode)>;
  using Moved = std::function<void(ErrorCode, std::size_t)>;

  /// `tls` null: none. Otherwise the certificate must be one of `host`.
  Stream(boost::asio::io_context& io, boost::asio::ssl::context* tls, std::string host);

  void connect(const std::vector<boost::asio::ip::tcp::endpoint>& endpoints, Done done);
  void read_some(boost::asio::mutable_buffer into, Moved moved);
  void write_all(boost::asio::const_buffer from, Moved moved);
  /// At once, without a farewell.
  void close();

 private:
  void shake_hands(Done done);

  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  const std::string host_;
};

}  // namespace fieldcast::bus::redis
