// A non-blocking stream socket, plain or TLS by OpenSSL on the descriptor.
#pragma once

#include "reactor.hpp"
#include "tls_context.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace fieldcast::transport {

class Socket {
 public:
  enum class Status : std::uint8_t {
    done,     // `bytes` were moved
    blocked,  // nothing now; see wants_write
    closed,   // the peer ended its side
    failed,
  };
  struct Transfer {
    Status status;
    std::size_t bytes = 0;
  };

  explicit Socket(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
  ~Socket() { close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// From now on the peer is expected to speak TLS; the handshake happens inside read. False: no memory.
  bool start_tls(SSL_CTX* context);
  bool is_tls() const { return tls_ != nullptr; }
  bool handshake_done() const;

  Transfer read(std::span<char> into);
  /// Bytes came with what was read, of which the system will not tell: read again.
  bool has_pending() const;

  /// Writes the views in order as far as the system takes them. `scratch` gathers small pieces into one
  /// TLS record. After `blocked` the next call must begin with the same bytes, `owed()` of them at least.
  Transfer write(std::span<const std::string_view> views, std::span<char> scratch);
  std::size_t owed() const { return owed_; }
  /// The last read or write waits for the socket to take bytes.
  bool wants_write() const { return read_wants_write_ || write_wants_write_; }
  bool read_wants_write() const { return read_wants_write_; }

  void finish_writing();  // the peer sees the end of what was written
  void close();
  int number() const { return descriptor_.number(); }

 private:
  Transfer write_plain(std::span<const std::string_view> views);
  Transfer write_tls(std::span<const std::string_view> views, std::span<char> scratch);
  Transfer tls_result(int returned, bool& wants_write);

  FileDescriptor descriptor_;
  bool read_wants_write_ = false;
  bool write_wants_write_ = false;
  bool broken_ = false;  // TLS: nothing may be written any more, not even the end
  std::uint32_t owed_ = 0;
  SSL* tls_ = nullptr;
};

}  // namespace fieldcast::transport
