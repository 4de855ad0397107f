#include "fieldcast/bus/wire.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace fieldcast::bus::wire {
namespace {

constexpr std::int64_t time_ms_max = 253'402'300'799'999;  // the end of the year 9999: 15 digits
constexpr std::array optional_fields{&Fix::accuracy_m, &Fix::speed_mps, &Fix::heading_deg, &Fix::altitude_m,
                                     &Fix::battery};
enum class Kind : std::uint8_t { registered = 1, seat = 2 };

struct Unreadable {
  std::string_view what;
};

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  template <class Unsigned>
  void fixed(Unsigned value) {
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i) out_ += static_cast<char>((value >> (8 * i)) & 0xffU);
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) out_ += static_cast<char>((value & 0x7fU) | 0x80U);
    out_ += static_cast<char>(value);
  }
  void text(std::string_view text) {
    varint(text.size());
    out_ += text;
  }
  void time(Timestamp time) {
    varint(static_cast<std::uint64_t>(std::clamp<std::int64_t>(to_unix_ms(time), 0, time_ms_max)));
  }
  void stamp(Stamp stamp) {
    fixed(version);
    fixed(stamp.origin);
    varint(stamp.sequence);
  }

 private:
  std::string& out_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::size_t left() const { return rest_.size(); }
  std::string_view bytes(std::size_t count) {
    if (count > rest_.size()) throw Unreadable{"cut short"};
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  template <class Unsigned>
  Unsigned fixed() {
    Unsigned value = 0;
    const auto taken = bytes(sizeof(Unsigned));
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
      value = static_cast<Unsigned>(
          value | static_cast<Unsigned>(static_cast<std::uint64_t>(static_cast<unsigned char>(taken[i])) << (8 * i)));
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = fixed<std::uint8_t>();
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) return value;
    }
    throw Unreadable{"a number is too large"};
  }
  std::string_view text(std::size_t bytes_max) {
    const auto size = varint();
    if (size > bytes_max) throw Unreadable{"a text is too long"};
    return bytes(size);
  }
  template <class Id>
  Id id() {
    const auto id = text(id_bytes_max);
    if (!is_valid_id(id)) throw Unreadable{"an id is no id"};
    return Id(id);
  }
  Timestamp time() {
    const auto unix_ms = varint();
    if (unix_ms > static_cast<std::uint64_t>(time_ms_max)) throw Unreadable{"a time is out of bounds"};
    return from_unix_ms(static_cast<std::int64_t>(unix_ms));
  }
  void version_byte() {
    if (fixed<std::uint8_t>() == 0) throw Unreadable{"no version"};
  }
  Stamp stamp() {
    version_byte();
    Stamp stamp;
    stamp.origin = fixed<std::uint64_t>();
    stamp.sequence = varint();
    return stamp;
  }

 private:
  std::string_view rest_;
};

std::string_view cut(std::string_view text, std::size_t bytes_max) { return text.substr(0, bytes_max); }

void write_body(Writer& out, const AgentPosition& position) {
  const Fix& fix = position.position.fix;
  std::uint8_t present = 0;
  for (std::size_t i = 0; i < optional_fields.size(); ++i)
    if (known(fix.*optional_fields[i])) present = static_cast<std::uint8_t>(present | 1U << i);
  out.text(position.agent->agent.str());
  out.text(cut(position.agent->name, name_bytes_max));
  out.fixed(std::bit_cast<std::uint64_t>(fix.at.latitude_deg));
  out.fixed(std::bit_cast<std::uint64_t>(fix.at.longitude_deg));
  out.time(fix.recorded_at);
  out.time(position.position.received_at);
  out.fixed(static_cast<std::uint8_t>(fix.activity));
  out.fixed(present);
  for (std::size_t i = 0; i < optional_fields.size(); ++i)
    if ((present & 1U << i) != 0) out.fixed(std::bit_cast<std::uint32_t>(fix.*optional_fields[i]));
  // Half an object is no object.
  out.text(fix.attributes.size() <= attributes_bytes_max ? std::string_view(fix.attributes) : std::string_view());
}

double read_degrees(Reader& in, double most) {
  const auto value = std::bit_cast<double>(in.fixed<std::uint64_t>());
  if (!(std::abs(value) <= most)) throw Unreadable{"coordinates are out of bounds"};
  return value;
}

AgentPosition read_body(Reader& in, const TeamKey& team) {
  auto agent = std::make_shared<AgentIdentity>();
  agent->org = team.org;
  agent->team = team.team;
  agent->agent = in.id<AgentId>();
  agent->name = in.text(name_bytes_max);
  AgentPosition position{std::move(agent), {}};
  Fix& fix = position.position.fix;
  fix.at.latitude_deg = read_degrees(in, 90);
  fix.at.longitude_deg = read_degrees(in, 180);
  fix.recorded_at = in.time();
  position.position.received_at = in.time();
  const auto activity = in.fixed<std::uint8_t>();
  if (activity <= static_cast<std::uint8_t>(Activity::driving)) fix.activity = static_cast<Activity>(activity);
  const auto present = in.fixed<std::uint8_t>();
  for (std::size_t i = 0; i < optional_fields.size(); ++i) {
    if ((present & 1U << i) == 0) continue;
    const auto value = std::bit_cast<float>(in.fixed<std::uint32_t>());
    if (std::isinf(value)) throw Unreadable{"a number is not finite"};
    fix.*optional_fields[i] = value;
  }
  fix.attributes = in.text(attributes_bytes_max);
  return position;
}

template <class Read>
auto reading(Read read) -> Result<decltype(read())> {
  try {
    return read();
  } catch (const Unreadable& unreadable) {
    return Error{"unreadable", "A message on the bus cannot be read: " + std::string(unreadable.what) + "."};
  }
}

}  // namespace

std::string encode_positions(Stamp stamp, std::span<const AgentPosition> positions) {
  std::string out, body;
  out.reserve(24 + positions.size() * 80);
  Writer writer(out);
  writer.stamp(stamp);
  writer.varint(positions.size());
  for (const AgentPosition& position : positions) {
    body.clear();
    Writer body_writer(body);
    write_body(body_writer, position);
    writer.text(body);
  }
  return out;
}

Result<Positions> decode_positions(std::string_view bytes, const TeamKey& team) {
  return reading([&] {
    Reader in(bytes);
    Positions decoded{in.stamp(), {}};
    const auto count = in.varint();
    if (count > positions_max || count > in.left()) throw Unreadable{"too many positions"};
    decoded.positions.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      Reader body(in.text(in.left()));
      decoded.positions.push_back(read_body(body, team));
    }
    return decoded;
  });
}

Result<Stamp> decode_stamp(std::string_view bytes) {
  return reading([&] { return Reader(bytes).stamp(); });
}

std::string encode_cached(const AgentPosition& position) {
  const auto unix_ms = std::clamp<std::int64_t>(to_unix_ms(position.position.fix.recorded_at), 0, time_ms_max);
  std::string out = std::to_string(unix_ms);
  out.insert(0, cached_time_digits - out.size(), '0');
  Writer writer(out);
  writer.fixed(version);
  write_body(writer, position);
  return out;
}

Result<AgentPosition> decode_cached(std::string_view bytes, const TeamKey& team) {
  return reading([&] {
    Reader in(bytes);
    in.bytes(cached_time_digits);
    in.version_byte();
    return read_body(in, team);
  });
}

std::string encode_control(Stamp stamp, const Control& control) {
  std::string out;
  Writer writer(out);
  writer.stamp(stamp);
  if (const auto* agent = std::get_if<AgentIdentityPtr>(&control)) {
    writer.fixed(static_cast<std::uint8_t>(Kind::registered));
    writer.text((*agent)->org.str());
    writer.text((*agent)->agent.str());
    writer.text((*agent)->team.str());
    writer.text(cut((*agent)->name, name_bytes_max));
  } else {
    const SeatTaken& seat = std::get<SeatTaken>(control);
    writer.fixed(static_cast<std::uint8_t>(Kind::seat));
    writer.text(seat.agent.org.str());
    writer.text(seat.agent.agent.str());
    writer.time(seat.taken_at);
    writer.fixed(static_cast<std::uint8_t>(seat.late));
  }
  return out;
}

Result<StampedControl> decode_control(std::string_view bytes) {
  return reading([&] {
    Reader in(bytes);
    StampedControl decoded{in.stamp(), SeatTaken{}};
    const auto kind = in.fixed<std::uint8_t>();
    const auto org = in.id<OrgId>();
    const auto agent = in.id<AgentId>();
    if (kind == static_cast<std::uint8_t>(Kind::registered)) {
      const auto team = in.id<TeamId>();
      decoded.control =
          std::make_shared<const AgentIdentity>(AgentIdentity{org, team, agent, std::string(in.text(name_bytes_max))});
    } else if (kind == static_cast<std::uint8_t>(Kind::seat)) {
      const auto taken_at = in.time();
      decoded.control = SeatTaken{{org, agent}, taken_at, in.fixed<std::uint8_t>() != 0, 0};
    } else {
      throw Unreadable{"of an unknown kind"};
    }
    return decoded;
  });
}

}  // namespace fieldcast::bus::wire
