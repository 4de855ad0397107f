#include "stream.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

namespace fieldcast::bus::redis {

namespace asio = boost::asio;
using asio::ip::tcp;

Result<std::shared_ptr<asio::ssl::context>> make_tls(const std::string& ca_file) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  boost::system::error_code failure;
  ::SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->set_verify_mode(asio::ssl::verify_peer);
  if (ca_file.empty()) {
    context->set_default_verify_paths(failure);
  } else {
    context->load_verify_file(ca_file, failure);
  }
  if (failure) return Error{"bad_setting", "The authority's certificate cannot be read: " + failure.message()};
  return context;
}

Stream::Stream(asio::io_context& io, asio::ssl::context* tls, std::string host) : socket_(io), host_(std::move(host)) {
  if (tls != nullptr) tls_ = std::make_unique<asio::ssl::stream<tcp::socket&>>(socket_, *tls);
}

void Stream::connect(const std::vector<tcp::endpoint>& endpoints, Done done) {
  asio::async_connect(socket_, endpoints, [this, done = std::move(done)](ErrorCode failure, const tcp::endpoint&) {
    if (failure) return done(failure);
    ErrorCode ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    if (!tls_) return done({});
    shake_hands(done);
  });
}

void Stream::shake_hands(Done done) {
  ErrorCode no_address, failure;
  asio::ip::make_address(host_, no_address);
  // RFC 6066: names only, no addresses.
  if (no_address && ::SSL_set_tlsext_host_name(tls_->native_handle(), host_.c_str()) != 1)
    return done(asio::error::invalid_argument);
  tls_->set_verify_callback(asio::ssl::host_name_verification(host_), failure);
  if (failure) return done(failure);
  tls_->async_handshake(asio::ssl::stream_base::client, std::move(done));
}

void Stream::read_some(asio::mutable_buffer into, Moved moved) {
  if (tls_) {
    tls_->async_read_some(into, std::move(moved));
  } else {
    socket_.async_read_some(into, std::move(moved));
  }
}

void Stream::write_all(asio::const_buffer from, Moved moved) {
  if (tls_) {
    asio::async_write(*tls_, from, std::move(moved));
  } else {
    asio::async_write(socket_, from, std::move(moved));
  }
}

void Stream::close() {
  ErrorCode ignored;
  socket_.close(ignored);
}

}  // namespace fieldcast::bus::redis
