#include "fieldcast/simulate/uplink.hpp"

#include "fieldcast/codec/server_message.hpp"
#include "fieldcast/domain/outcome.hpp"

#include <algorithm>

namespace fieldcast::simulate {

Uplink::Uplink(const UplinkSettings& settings, UplinkCounts& counts, const std::vector<std::string>* agent_ids)
    : settings_(settings),
      counts_(counts),
      agent_ids_(agent_ids),
      queue_(settings.fixes_max),
      positions_per_message_(settings.positions_per_message_max) {}

void Uplink::push(QueuedFix fix) {
  ++counts_.recorded;
  const std::uint64_t forgotten_before = queue_.forgotten();
  queue_.push(std::move(fix));
  counts_.forgotten += queue_.forgotten() - forgotten_before;
}

void Uplink::on_welcome(const ServerReply& welcome) {
  welcome_ = true;
  paused_until_ = {};
  positions_per_message_ = std::min<std::size_t>(
      settings_.positions_per_message_max, welcome.positions_per_message.value_or(settings_.positions_per_message_max));
  message_bytes_ = welcome.message_bytes.value_or(message_bytes_);
  if (welcome.messages_per_s) messages_per_s_ = static_cast<float>(std::max<std::uint64_t>(*welcome.messages_per_s, 1));
}

void Uplink::on_lost() {
  welcome_ = false;
  queue_.lose_flights();
}

std::optional<Settled> Uplink::on_ack(const ServerReply& ack) {
  auto flight = ack.id ? queue_.settle(*ack.id) : std::nullopt;
  if (!flight) {
    ++counts_.odd_acks;
    return std::nullopt;
  }
  ++counts_.acks;
  counts_.accepted += ack.accepted;
  counts_.duplicates += ack.duplicates;
  counts_.quarantined += ack.quarantined.size();
  if (ack.accepted + ack.duplicates + ack.quarantined.size() != flight->fixes.size()) ++counts_.odd_acks;
  Settled settled{std::move(*flight), {}};
  for (const QuarantinedIndex& entry : ack.quarantined) settled.quarantined.push_back(entry.index);
  std::ranges::sort(settled.quarantined);
  return settled;
}

void Uplink::on_error(const ServerReply& error, SteadyTime now) {
  const Outcome* const outcome = outcome::find(error.code);
  const bool comes_again = error.retry_after_s || outcome == nullptr || outcome->temporary();
  if (comes_again) {
    const double wait_s = std::clamp(error.retry_after_s.value_or(1.0), 0.05, 300.0);
    paused_until_ = now + std::chrono::duration_cast<SteadyTime::duration>(std::chrono::duration<double>(wait_s));
  }
  if (!error.id) {
    ++counts_.other_errors;
  } else if (comes_again) {
    if (queue_.refuse(*error.id)) ++counts_.refused;
  } else if (const auto flight = queue_.settle(*error.id)) {
    counts_.rejected += flight->fixes.size();
  }
}

bool Uplink::next_message(SteadyTime now, std::string& text) {
  throttled_ = false;
  if (!welcome_ || queue_.waiting() == 0 || queue_.flights() >= settings_.flights_max || now < paused_until_)
    return false;
  // A tenth below the limit: the two clocks are not one.
  if (!bucket_.take(now, messages_per_s_ * 0.9F, messages_per_s_)) {
    throttled_ = true;
    return false;
  }
  const Flight* const flight = queue_.take(positions_per_message_, message_bytes_, now);
  write_message(*flight, text);
  ++counts_.messages;
  counts_.sent += flight->fixes.size();
  return true;
}

std::optional<SteadyTime> Uplink::retry_at(SteadyTime now) const {
  if (!welcome_ || queue_.waiting() == 0) return std::nullopt;
  if (now < paused_until_) return paused_until_;
  if (throttled_) return now + milliseconds{20};
  return std::nullopt;
}

void Uplink::append_fix(const QueuedFix& fix, std::string& text) const {
  if (agent_ids_ != nullptr) {
    text += "\"agent\":";
    codec::append_json_string(text, (*agent_ids_)[fix.agent]);
    text += ',';
  }
  text += fix.members;
}

void Uplink::write_message(const Flight& flight, std::string& text) const {
  const bool single = flight.fixes.size() == 1;
  text = single ? "{\"type\":\"position\",\"id\":" : "{\"type\":\"positions\",\"id\":";
  text += std::to_string(flight.id);
  text += single ? "," : ",\"positions\":[{";
  bool first = true;
  for (const QueuedFix& fix : flight.fixes) {
    if (!first) text += "},{";
    first = false;
    append_fix(fix, text);
  }
  text += single ? "}" : "}]}";
}

}  // namespace fieldcast::simulate
