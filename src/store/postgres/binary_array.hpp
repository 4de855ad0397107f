// A column of values as PostgreSQL's binary array, built in memory that is kept from batch to batch.
//
// Form: dimensions (1), has nulls, type of the elements, length, lower bound (1), then of each element its length
// (-1: NULL) and its bytes; all integers big-endian.
#pragma once

#include <bit>
#include <boost/endian/conversion.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::store::postgres {

enum class Element : std::uint32_t {
  boolean = 16,
  bytes = 17,
  int8 = 20,
  int2 = 21,
  text = 25,
  float4 = 700,
  float8 = 701,
  timestamptz = 1184
};

class BinaryArray {
 public:
  explicit BinaryArray(Element type) : type_(type) {}

  void clear() {
    bytes_.resize(header_bytes);
    count_ = 0;
    has_nulls_ = false;
  }
  void add(std::int64_t value) { put(static_cast<std::uint64_t>(value)); }
  void add(std::int16_t value) { put(static_cast<std::uint16_t>(value)); }
  void add(bool value) { put(static_cast<std::uint8_t>(value)); }
  void add(double value) { put(std::bit_cast<std::uint64_t>(value)); }
  /// NaN, our absent number, becomes NULL.
  void add(float value) { std::isnan(value) ? add_null() : put(std::bit_cast<std::uint32_t>(value)); }
  void add(std::string_view value) {
    char* to = grow(4 + value.size());
    store(to, static_cast<std::uint32_t>(value.size()));
    if (!value.empty()) std::memcpy(to + 4, value.data(), value.size());
  }
  void add_null() {
    store(grow(4), std::uint32_t{0xffffffff});
    has_nulls_ = true;
  }

  /// The parameter; good until the next change.
  std::string_view parameter() {
    char* header = bytes_.data();
    store(header, std::uint32_t{1});
    store(header + 4, static_cast<std::uint32_t>(has_nulls_));
    store(header + 8, static_cast<std::uint32_t>(type_));
    store(header + 12, count_);
    store(header + 16, std::uint32_t{1});
    return {bytes_.data(), bytes_.size()};
  }

 private:
  static constexpr std::size_t header_bytes = 20;

  template <class Unsigned>
  static void store(char* to, Unsigned value) {
    value = boost::endian::native_to_big(value);
    std::memcpy(to, &value, sizeof value);
  }
  template <class Unsigned>
  void put(Unsigned value) {
    char* to = grow(4 + sizeof value);
    store(to, static_cast<std::uint32_t>(sizeof value));
    store(to + 4, value);
  }
  char* grow(std::size_t bytes) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + bytes);
    ++count_;
    return bytes_.data() + at;
  }

  Element type_;
  std::vector<char> bytes_ = std::vector<char>(header_bytes);
  std::uint32_t count_ = 0;
  bool has_nulls_ = false;
};

/// The elements of an array of bigint or timestamptz without NULLs, as the server sent it.
inline std::vector<std::int64_t> read_int8_array(std::string_view bytes) {
  std::vector<std::int64_t> values;
  const auto at = [&](std::size_t offset) { return reinterpret_cast<const unsigned char*>(bytes.data() + offset); };
  constexpr std::size_t header_bytes = 20, element_bytes = 12;
  if (bytes.size() < header_bytes) return values;  // an empty array has no dimension
  const std::size_t count = boost::endian::load_big_u32(at(12));
  values.reserve(count);
  for (std::size_t i = 0; i < count && header_bytes + (i + 1) * element_bytes <= bytes.size(); ++i)
    values.push_back(boost::endian::load_big_s64(at(header_bytes + i * element_bytes + 4)));
  return values;
}

}  // namespace fieldcast::store::postgres
