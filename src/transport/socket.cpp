#include "socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace fieldcast::transport {

namespace {
constexpr std::size_t pieces_max = 64;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }
}  // namespace

bool Socket::start_tls(SSL_CTX* context) {
  tls_ = SSL_new(context);
  if (tls_ == nullptr) return false;
  if (SSL_set_fd(tls_, number()) != 1) return false;
  SSL_set_accept_state(tls_);
  return true;
}

bool Socket::handshake_done() const { return tls_ == nullptr || SSL_is_init_finished(tls_) == 1; }

Socket::Transfer Socket::tls_result(int returned, bool& wants_write) {
  wants_write = false;
  if (returned > 0) return {Status::done, static_cast<std::size_t>(returned)};
  switch (SSL_get_error(tls_, returned)) {
    case SSL_ERROR_WANT_READ:
      return {Status::blocked};
    case SSL_ERROR_WANT_WRITE:
      wants_write = true;
      return {Status::blocked};
    case SSL_ERROR_ZERO_RETURN:
      return {Status::closed};
    default:
      broken_ = true;
      ERR_clear_error();
      return {Status::failed};
  }
}

Socket::Transfer Socket::read(std::span<char> into) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    const auto size = static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX));
    return tls_result(SSL_read(tls_, into.data(), size), read_wants_write_);
  }
  const ssize_t got = ::recv(number(), into.data(), into.size(), 0);
  if (got > 0) return {Status::done, static_cast<std::size_t>(got)};
  if (got == 0) return {Status::closed};
  return {would_block(errno) ? Status::blocked : Status::failed};
}

bool Socket::has_pending() const { return tls_ != nullptr && SSL_has_pending(tls_) == 1; }

Socket::Transfer Socket::write(std::span<const std::string_view> views, std::span<char> scratch) {
  return tls_ != nullptr ? write_tls(views, scratch) : write_plain(views);
}

Socket::Transfer Socket::write_plain(std::span<const std::string_view> views) {
  std::array<iovec, pieces_max> pieces;
  const std::size_t count = std::min(views.size(), pieces_max);
  for (std::size_t i = 0; i < count; ++i)
    pieces[i] = {const_cast<char*>(views[i].data()), views[i].size()};  // iovec serves reads too: no const in it
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  const ssize_t written = ::sendmsg(number(), &message, MSG_NOSIGNAL);
  write_wants_write_ = false;
  if (written >= 0) return {Status::done, static_cast<std::size_t>(written)};
  if (!would_block(errno)) return {Status::failed};
  write_wants_write_ = true;
  return {Status::blocked};
}

Socket::Transfer Socket::write_tls(std::span<const std::string_view> views, std::span<char> scratch) {
  if (broken_) return {Status::failed};
  std::string_view piece = views.front();
  if (piece.size() < scratch.size() && views.size() > 1) {
    std::size_t gathered = 0;
    for (const std::string_view view : views) {
      const std::size_t take = std::min(view.size(), scratch.size() - gathered);
      std::memcpy(scratch.data() + gathered, view.data(), take);
      gathered += take;
      if (gathered == scratch.size()) break;
    }
    piece = {scratch.data(), gathered};
  }
  piece = piece.substr(0, INT_MAX);
  ERR_clear_error();
  const Transfer transfer =
      tls_result(SSL_write(tls_, piece.data(), static_cast<int>(piece.size())), write_wants_write_);
  owed_ = transfer.status == Status::blocked ? static_cast<std::uint32_t>(piece.size()) : 0;
  return transfer;
}

void Socket::finish_writing() {
  if (tls_ != nullptr && !broken_ && owed_ == 0 && handshake_done()) {
    ERR_clear_error();
    SSL_shutdown(tls_);
    ERR_clear_error();
  }
  if (descriptor_) ::shutdown(number(), SHUT_WR);
}

void Socket::close() {
  if (tls_ != nullptr) {
    // Without this OpenSSL takes the session for a failed one and does not resume it.
    if (!broken_ && handshake_done()) SSL_set_shutdown(tls_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(tls_);
    tls_ = nullptr;
  }
  descriptor_.reset();
}

}  // namespace fieldcast::transport
