// The PROXY protocol's header, versions 1 and 2, from bytes. Pure.
//
// It stands before everything else, TLS included; so it is read without taking a
// byte of what follows: never feed more than wanted().
// Limits: 107 bytes (v1), 16 + 4,096 (v2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fieldcast::transport {

class ProxyHeaderReader {
 public:
  enum class State : std::uint8_t { more, complete, invalid };

  /// How many bytes are missing at least; 0 unless the state is `more`.
  std::size_t wanted() const;
  State feed(std::string_view bytes);
  State state() const { return state_; }
  /// Who connected to the proxy. Empty for LOCAL and UNKNOWN: the proxy speaks for itself.
  const std::string& source() const { return source_; }

 private:
  void read_v1();
  void read_v2();
  bool is_v2() const;

  State state_ = State::more;
  std::string bytes_;
  std::string source_;
};

}  // namespace fieldcast::transport
