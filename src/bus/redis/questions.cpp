#include "questions.hpp"

#include "fieldcast/bus/wire.hpp"
#include "script.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <unordered_set>

namespace fieldcast::bus::redis {
namespace {

constexpr std::size_t reads_max = 256, others_max = 1'024;
constexpr seconds answer_within{2};
constexpr std::size_t values_per_command = 1'000;
/// Agents whose time is over are in the geo set until the next write finds them.
constexpr std::size_t stale_allowance = 100;
constexpr double metres_per_degree = 111'195;

std::optional<Timestamp> score_of(const redisReply& reply) {
  if (!is_text(reply)) return std::nullopt;
  double unix_ms = 0;
  const auto text = text_of(reply);
  if (std::from_chars(text.data(), text.data() + text.size(), unix_ms).ec != std::errc{}) return std::nullopt;
  if (!(unix_ms >= 0 && unix_ms < 1e15)) return std::nullopt;
  return from_unix_ms(static_cast<std::int64_t>(unix_ms));
}

std::string decimal(double number) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof(text), number, std::chars_format::fixed, 9).ptr};
}

}  // namespace

/// Answered by whatever comes first: the answer, its deadline, the loss of the connection.
template <class T>
struct Questions::Question {
  Question(boost::asio::io_context& io, Count open, Bus::Answer<T> to)
      : timer(io), count(std::move(open)), answer(std::move(to)) {
    ++*count;
  }
  ~Question() { --*count; }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  bool answered() const { return !answer; }
  void finish(std::optional<T> value) {
    timer.cancel();
    if (const auto to = std::exchange(answer, nullptr)) to(std::move(value));
  }
  boost::asio::steady_timer timer;
  const Count count;
  Bus::Answer<T> answer;
};

template <class T>
std::shared_ptr<Questions::Question<T>> Questions::ask(const Count& open, std::size_t most, Bus::Answer<T> answer) {
  if (*open >= most) {
    answer(std::nullopt);
    return nullptr;
  }
  auto question = std::make_shared<Question<T>>(io_, open, std::move(answer));
  question->timer.expires_after(answer_within);
  question->timer.async_wait([weak = std::weak_ptr(question)](boost::system::error_code cancelled) {
    if (cancelled) return;
    if (const auto late = weak.lock()) late->finish(std::nullopt);
  });
  return question;
}

/// One read of a team's cache.
struct Questions::Read {
  std::shared_ptr<Question<std::vector<CachedPosition>>> question;
  TeamKey team;
  TeamKeys keys;
  Timestamp not_before;
  std::optional<Near> near{};
  std::vector<std::string> agents{};
  std::vector<Timestamp> heard{};  // of each agent; before `not_before`: unknown or too old
  std::vector<CachedPosition> found{};
  std::size_t commands_open = 0;

  bool failed(const redisReply* reply) const {
    if (question->answered()) return true;
    if (reply != nullptr && reply->type == REDIS_REPLY_ARRAY) return false;
    question->finish(std::nullopt);
    return true;
  }
};

void Questions::cached(const TeamKey& team, CachedAnswer answer) {
  auto question = ask<std::vector<CachedPosition>>(reads_, reads_max, std::move(answer));
  if (!question) return;
  auto read = std::make_shared<Read>(
      Read{std::move(question), team, TeamKeys(prefix_, team), read_clock().wall - cache_valid_});
  const std::string since = std::to_string(to_unix_ms(read->not_before));
  nodes_.send(read->keys.slot, command({"ZRANGEBYSCORE", read->keys.seen, since, "+inf", "WITHSCORES"}),
              [this, read](const redisReply* reply) {
                if (!read->failed(reply)) take_seen(read, *reply);
              });
}

void Questions::take_seen(const ReadPtr& read, const redisReply& reply) {
  const auto fields = elements_of(reply);
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const auto heard = score_of(*fields[i + 1]);
    if (!heard || !is_text(*fields[i])) continue;
    read->agents.emplace_back(text_of(*fields[i]));
    read->heard.push_back(*heard);
  }
  read_values(read);
}

void Questions::cached_near(const TeamKey& team, Near near, CachedAnswer answer) {
  auto question = ask<std::vector<CachedPosition>>(reads_, reads_max, std::move(answer));
  if (!question) return;
  auto read = std::make_shared<Read>(
      Read{std::move(question), team, TeamKeys(prefix_, team), read_clock().wall - cache_valid_, std::move(near)});
  const Coordinates at = read->near->at;
  const double reach_deg =
      read->near->radius_m / (metres_per_degree * std::max(0.01, std::cos(at.latitude_deg * std::numbers::pi / 180)));
  const bool crosses = std::abs(at.longitude_deg) + reach_deg >= 180;
  read->commands_open = crosses ? 2 : 1;
  search(read, at);
  // Redis does not look beyond the antimeridian: once more, from its other side.
  if (crosses) search(read, {at.latitude_deg, at.longitude_deg < 0 ? 180.0 : -180.0});
}

void Questions::search(const ReadPtr& read, Coordinates centre) {
  // Redis measures on another sphere and keeps places to half a metre: ask for a little more, judge here.
  centre.latitude_deg = std::clamp(centre.latitude_deg, -geo_latitude_max_deg, geo_latitude_max_deg);
  const double radius_m = read->near->radius_m * 1.001 + 5 + distance_m(centre, read->near->at);
  const std::size_t most = std::min<std::size_t>(read->near->limit, 100'000) + stale_allowance;
  nodes_.send(
      read->keys.slot,
      command({"GEOSEARCH", read->keys.geo, "FROMLONLAT", decimal(centre.longitude_deg), decimal(centre.latitude_deg),
               "BYRADIUS", decimal(radius_m), "m", "ASC", "COUNT", std::to_string(most)}),
      [this, read](const redisReply* reply) {
        if (read->failed(reply)) return;
        for (const redisReply* agent : elements_of(*reply))
          if (is_text(*agent)) read->agents.emplace_back(text_of(*agent));
        if (--read->commands_open == 0) take_found(read);
      });
}

void Questions::take_found(const ReadPtr& read) {
  for (const AgentId& agent : read->near->also) read->agents.push_back(agent.str());
  std::sort(read->agents.begin(), read->agents.end());
  read->agents.erase(std::unique(read->agents.begin(), read->agents.end()), read->agents.end());
  if (read->agents.empty()) return finish(read);
  read->heard.resize(read->agents.size());
  std::vector<std::string_view> words{"ZMSCORE", read->keys.seen};
  words.insert(words.end(), read->agents.begin(), read->agents.end());
  std::string text;
  append_command(text, words);
  nodes_.send(read->keys.slot, std::move(text), [this, read](const redisReply* scores) {
    if (read->failed(scores)) return;
    const auto fields = elements_of(*scores);
    for (std::size_t i = 0; i < std::min(fields.size(), read->heard.size()); ++i)
      read->heard[i] = score_of(*fields[i]).value_or(Timestamp{});
    read_values(read);
  });
}

void Questions::read_values(const ReadPtr& read) {
  read->commands_open = (read->agents.size() + values_per_command - 1) / values_per_command;
  if (read->commands_open == 0) return finish(read);
  for (std::size_t first = 0; first < read->agents.size(); first += values_per_command) {
    const auto last = std::min(first + values_per_command, read->agents.size());
    std::vector<std::string_view> words{"HMGET", read->keys.last};
    words.insert(words.end(), read->agents.begin() + static_cast<std::ptrdiff_t>(first),
                 read->agents.begin() + static_cast<std::ptrdiff_t>(last));
    std::string text;
    append_command(text, words);
    nodes_.send(read->keys.slot, std::move(text), [this, read, first](const redisReply* reply) {
      if (!read->failed(reply)) take_values(read, first, *reply);
    });
  }
}

void Questions::take_values(const ReadPtr& read, std::size_t first, const redisReply& reply) {
  const auto values = elements_of(reply);
  for (std::size_t i = 0; i < values.size() && first + i < read->heard.size(); ++i) {
    const Timestamp heard_at = read->heard[first + i];
    if (heard_at < read->not_before || !is_text(*values[i])) continue;
    auto position = wire::decode_cached(text_of(*values[i]), read->team);
    // A value under another agent's name, or one that cannot be read, is none.
    if (!position || position->agent->agent.str() != read->agents[first + i]) continue;
    read->found.push_back({std::move(*position), heard_at});
  }
  if (--read->commands_open == 0) finish(read);
}

void Questions::finish(const ReadPtr& read) {
  if (!read->near) return read->question->finish(std::move(read->found));
  const Near& near = *read->near;
  const std::unordered_set<AgentId> also(near.also.begin(), near.also.end());
  const auto distance = [&](const CachedPosition& each) { return distance_m(near.at, each.position.position.fix.at); };
  std::stable_sort(read->found.begin(), read->found.end(),
                   [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
  std::vector<CachedPosition> chosen, named;
  for (CachedPosition& each : read->found) {
    const bool inside = distance(each) <= near.radius_m && chosen.size() < near.limit;
    if (inside) {
      chosen.push_back(std::move(each));
    } else if (also.contains(each.position.agent->agent)) {
      named.push_back(std::move(each));
    }
  }
  std::move(named.begin(), named.end(), std::back_inserter(chosen));
  read->question->finish(std::move(chosen));
}

void Questions::keep_once(const std::string& name, const std::string& value, seconds valid_for,
                          std::function<void(bool)> answer) {
  const auto question = ask<bool>(
      others_, others_max, [answer = std::move(answer)](std::optional<bool> kept) { answer(kept.value_or(false)); });
  if (!question) return;
  const std::string key = once_key(prefix_, name);
  const std::string valid_s = std::to_string(std::max<seconds::rep>(valid_for.count(), 1));
  nodes_.send(slot_of(key), command({"SET", key, value, "EX", valid_s, "NX"}), [question](const redisReply* reply) {
    question->finish(reply != nullptr && reply->type == REDIS_REPLY_STATUS);
  });
}

void Questions::take_once(const std::string& name, Bus::Answer<std::string> answer) {
  const auto question = ask<std::string>(others_, others_max, std::move(answer));
  if (!question) return;
  const std::string key = once_key(prefix_, name);
  nodes_.send(slot_of(key), command({"GETDEL", key}), [question](const redisReply* reply) {
    if (reply != nullptr && reply->type == REDIS_REPLY_STRING) return question->finish(std::string(text_of(*reply)));
    question->finish(std::nullopt);
  });
}

}  // namespace fieldcast::bus::redis
