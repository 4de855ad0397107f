#include "control.hpp"

namespace fieldcast::bus::redis {
namespace {

constexpr std::size_t waiting_max = 100'000;
constexpr std::size_t unanswered_max = 64;
constexpr milliseconds retry_after{250};

AgentKey agent_of(const wire::Control& control) {
  if (const auto* agent = std::get_if<AgentIdentityPtr>(&control)) return (*agent)->key();
  return std::get<SeatTaken>(control).agent;
}

}  // namespace

Control::Control(boost::asio::io_context& io, Nodes& nodes, Subscriptions& subscriptions, const std::string& prefix,
                 std::uint64_t origin, milliseconds others_back_within, Events events)
    : nodes_(nodes),
      subscriptions_(subscriptions),
      channel_(control_channel(prefix)),
      slot_(slot_of(channel_)),
      origin_(origin),
      events_(std::move(events)),
      others_back_within_(others_back_within),
      retry_(io),
      repeat_(io) {}

void Control::start() {
  subscriptions_.want(channel_, {.begun = [this] { begun(); },
                                 .ended =
                                     [this] {
                                       there_ = false;
                                       events_.ended();
                                     },
                                 .message = [this](std::string_view payload) { received(payload); }});
}

std::uint64_t Control::announced(const AgentKey& agent) {
  const MutexLock lock(mutex_);
  return order_.announced(agent, read_clock().steady);
}

void Control::take_seat(const AgentKey& agent, Timestamp taken_at, std::uint64_t number) {
  put({SeatTaken{agent, taken_at, false, 0}, read_clock().steady, number});
}

void Control::leave_seat(const AgentKey& agent, std::uint64_t number) {
  const auto waits = seats_.find(agent);
  if (waits != seats_.end() && waits->second->number == number) {
    queue_.erase(waits->second);
    seats_.erase(waits);
  }
  std::erase_if(to_repeat_, [number](const Message& message) { return message.number == number; });
}

void Control::announce(const AgentIdentityPtr& agent) { put({agent, read_clock().steady}); }

void Control::forget(const AgentKey& agent) {
  if (const auto waits = registrations_.find(agent); waits != registrations_.end()) {
    queue_.erase(waits->second);
    registrations_.erase(waits);
  }
  std::erase_if(to_repeat_,
                [&](const Message& message) { return message.number == 0 && agent_of(message.control) == agent; });
}

void Control::put(Message message) {
  Places& places = places_of(message);
  const AgentKey agent = agent_of(message.control);
  if (const auto known = places.find(agent); known != places.end()) {
    *known->second = std::move(message);
  } else {
    queue_.push_back(std::move(message));
    places.emplace(agent, std::prev(queue_.end()));
  }
  if (queue_.size() > waiting_max) {
    places_of(queue_.front()).erase(agent_of(queue_.front().control));
    queue_.pop_front();
    events_.lost(1);
  }
  if (!retry_due_) pump();
}

/// A newer one of the same agent may wait already.
void Control::put_back(Message message) {
  message.again = true;
  Places& places = places_of(message);
  const AgentKey agent = agent_of(message.control);
  if (const auto waits = places.find(agent); waits != places.end()) {
    if (waits->second->since < message.since) *waits->second = std::move(message);
    return;
  }
  queue_.push_front(std::move(message));
  places.emplace(agent, queue_.begin());
}

void Control::retry_later() {
  if (std::exchange(retry_due_, true)) return;
  retry_.expires_after(retry_after);
  retry_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) return;
    retry_due_ = false;
    pump();
  });
}

void Control::pump() {
  const Node* owner = nodes_.owner(slot_);
  while (there_ && owner != nullptr && owner->takes_commands() && !queue_.empty() && unanswered_ < unanswered_max) {
    Message message = std::move(queue_.front());
    places_of(message).erase(agent_of(message.control));
    queue_.pop_front();
    send(std::move(message));
  }
}

void Control::send(Message message) {
  if (auto* seat = std::get_if<SeatTaken>(&message.control)) {
    const MutexLock lock(mutex_);
    if (order_.outdated(seat->agent, message.number)) return;
    seat->late = message.again || read_clock().wall - seat->taken_at >= SeatOrder::late_after;
    if (seat->late) order_.mark_late(seat->agent, message.number);
  }
  if (repeating_ && to_repeat_.size() < waiting_max) to_repeat_.push_back(message);
  const std::uint64_t sequence = ++sequence_;
  std::string words = command({nodes_.cluster() ? "SPUBLISH" : "PUBLISH", channel_,
                               wire::encode_control({origin_, sequence}, message.control)});
  sent_.emplace(sequence, Sent{std::move(message), epoch_});
  ++unanswered_;
  nodes_.send(slot_, std::move(words), [this, sequence](const redisReply* reply) { answered(sequence, reply); });
}

void Control::answered(std::uint64_t sequence, const redisReply* reply) {
  --unanswered_;
  const bool published = reply != nullptr && !is_error(*reply);
  const auto found = sent_.find(sequence);
  if (found == sent_.end()) return pump();  // it has come back already
  if (published) {
    found->second.answered = true;
    // Sent for a subscription that is no more: it will not come back.
    if (found->second.epoch != epoch_) came_back(sequence);
    return pump();
  }
  Message message = std::move(found->second.message);
  sent_.erase(found);
  put_back(std::move(message));
  retry_later();
  if (reply == nullptr) return;
  const auto text = text_of(*reply);
  events_.trouble("an announcement is refused (" + std::string(text.substr(0, text.find(' '))) + ")");
}

void Control::came_back(std::uint64_t sequence) {
  const auto sent = sent_.extract(sequence);
  if (!sent.empty()) settle(sent.mapped());
}

void Control::settle(const Sent& sent) {
  const auto* seat = std::get_if<SeatTaken>(&sent.message.control);
  if (seat == nullptr) return;
  const MutexLock lock(mutex_);
  order_.confirmed(seat->agent, sent.message.number);
}

void Control::begun() {
  const bool first = epoch_++ == 0;
  there_ = true;
  sequences_.forget();
  // What Redis passed on before this subscription does not come back, and all that comes is newer.
  std::erase_if(sent_, [this](const auto& each) {
    if (each.second.answered) settle(each.second);
    return each.second.answered;
  });
  events_.begun();
  events_.missed();
  if (!first) repeat_later();
  pump();
}

void Control::repeat_later() {
  repeating_ = true;
  repeat_.expires_after(others_back_within_);
  repeat_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) return;
    repeating_ = false;
    for (Message& message : std::exchange(to_repeat_, {})) put_back(std::move(message));
    pump();
  });
}

void Control::received(std::string_view payload) {
  auto decoded = wire::decode_control(payload);
  if (!decoded) {
    events_.lost(1);
    return events_.trouble(decoded.error().text);
  }
  if (decoded->stamp.origin == origin_) return came_back(decoded->stamp.sequence);
  if (const auto missing = sequences_.missing_before(decoded->stamp); missing != 0) {
    events_.lost(missing);
    events_.missed();
  }
  if (const auto* agent = std::get_if<AgentIdentityPtr>(&decoded->control)) {
    // Newer than what we only wait to say again.
    std::erase_if(to_repeat_, [&](const Message& message) {
      return message.number == 0 && agent_of(message.control) == (*agent)->key();
    });
    return events_.registered(*agent);
  }
  std::optional<SeatTaken> seat;
  {
    const MutexLock lock(mutex_);
    seat = order_.heard(std::get<SeatTaken>(decoded->control), read_clock().steady);
  }
  if (seat) events_.replaced(*seat);
}

}  // namespace fieldcast::bus::redis
