#include "script.hpp"

#include "fieldcast/bus/pending.hpp"
#include "fieldcast/bus/wire.hpp"
#include "reply.hpp"

#include <charconv>
#include <cmath>
#include <openssl/evp.h>

namespace fieldcast::bus::redis {
namespace {

// ARGV: what was heard before is too old; seconds to live; count; count times agent, value, heard, longitude,
// latitude (empty: not in the geo set); then agents to take out.
// A value is written over an older one only: its first 15 digits are its time.
constexpr std::string_view script = R"lua(
local last, seen, geo = KEYS[1], KEYS[2], KEYS[3]
local count = tonumber(ARGV[3])
if count > 0 then
  local agents, heard, values, points, off = {}, {}, {}, {}, {}
  for i = 1, count do agents[i] = ARGV[5 * i - 1] end
  local old = redis.call('HMGET', last, unpack(agents))
  for i = 1, count do
    local at = 5 * i - 1
    heard[#heard + 1] = ARGV[at + 2]
    heard[#heard + 1] = agents[i]
    if not old[i] or string.sub(old[i], 1, 15) < string.sub(ARGV[at + 1], 1, 15) then
      values[#values + 1] = agents[i]
      values[#values + 1] = ARGV[at + 1]
      if ARGV[at + 3] == '' then
        off[#off + 1] = agents[i]
      else
        points[#points + 1] = ARGV[at + 3]
        points[#points + 1] = ARGV[at + 4]
        points[#points + 1] = agents[i]
      end
    end
  end
  redis.call('ZADD', seen, 'GT', unpack(heard))
  if #values > 0 then redis.call('HSET', last, unpack(values)) end
  if #points > 0 then redis.call('GEOADD', geo, unpack(points)) end
  if #off > 0 then redis.call('ZREM', geo, unpack(off)) end
end
local out = redis.call('ZRANGE', seen, '-inf', '(' .. ARGV[1], 'BYSCORE', 'LIMIT', 0, 100)
for i = 4 + 5 * count, #ARGV do out[#out + 1] = ARGV[i] end
if #out > 0 then
  redis.call('ZREM', seen, unpack(out))
  redis.call('HDEL', last, unpack(out))
  redis.call('ZREM', geo, unpack(out))
end
if count > 0 then
  redis.call('EXPIRE', last, ARGV[2])
  redis.call('EXPIRE', seen, ARGV[2])
  redis.call('EXPIRE', geo, ARGV[2])
end
return count
)lua";

/// How Redis names a script.
std::string sha1_of(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  ::EVP_Digest(text.data(), text.size(), digest, &size, ::EVP_sha1(), nullptr);
  std::string name;
  for (unsigned i = 0; i < size; ++i) {
    name += "0123456789abcdef"[digest[i] >> 4U];
    name += "0123456789abcdef"[digest[i] & 15U];
  }
  return name;
}

/// A tenth of a millimetre; Redis keeps less.
std::string text_of(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), number, std::chars_format::fixed, 9).ptr};
}

void append_position(std::vector<std::string>& words, const AgentPosition& position) {
  const Coordinates at = position.position.fix.at;
  const bool on_map = std::abs(at.latitude_deg) <= geo_latitude_max_deg && std::abs(at.longitude_deg) <= 180;
  words.push_back(position.agent->agent.str());
  words.push_back(wire::encode_cached(position));
  words.push_back(std::to_string(to_unix_ms(position.position.received_at)));
  words.push_back(on_map ? text_of(at.longitude_deg) : std::string());
  words.push_back(on_map ? text_of(at.latitude_deg) : std::string());
}

}  // namespace

std::string load_command() { return command({"SCRIPT", "LOAD", script}); }

std::string write_command(const TeamKeys& keys, const CacheWrite& write, bool by_name) {
  static const std::string name = sha1_of(script);
  const auto newest = newest_of_each(write.positions);
  std::vector<std::string> words;
  words.reserve(3 + newest.size() * 5 + write.removed.size());
  words.push_back(std::to_string(to_unix_ms(write.now - write.valid_for)));
  words.push_back(std::to_string(write.valid_for.count()));
  words.push_back(std::to_string(newest.size()));
  for (const AgentPosition& position : newest) append_position(words, position);
  std::vector<std::string_view> all;
  all.reserve(words.size() + write.removed.size() + 6);
  all.insert(all.end(), {by_name ? "EVALSHA" : "EVAL", by_name ? std::string_view(name) : script, "3", keys.last,
                         keys.seen, keys.geo});
  all.insert(all.end(), words.begin(), words.end());
  for (const AgentId& agent : write.removed) all.push_back(agent.str());
  std::string out;
  append_command(out, all);
  return out;
}

}  // namespace fieldcast::bus::redis
