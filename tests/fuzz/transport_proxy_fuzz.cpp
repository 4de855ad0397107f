// Any bytes as a PROXY header: it must end, and never want what cannot belong to it.
#include "fieldcast/transport/proxy_protocol.hpp"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fieldcast::transport;
  if (size == 0) return 0;
  const std::size_t at_once = 1 + data[0] % 32U;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  ProxyHeaderReader reader;
  std::size_t taken = 0;
  while (reader.state() == ProxyHeaderReader::State::more && !bytes.empty()) {
    if (reader.wanted() == 0) std::abort();
    const std::size_t take = std::min({reader.wanted(), bytes.size(), at_once});
    reader.feed(bytes.substr(0, take));
    bytes.remove_prefix(take);
    taken += take;
  }
  if (taken > 16 + 4'096) std::abort();
  if (reader.state() != ProxyHeaderReader::State::more && reader.wanted() != 0) std::abort();
  return 0;
}
