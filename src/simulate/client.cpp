#include "client.hpp"

#include "fieldcast/codec/server_message.hpp"

#include <algorithm>

namespace fieldcast::simulate {
namespace {

constexpr seconds answer_within{10};

std::string name_of(const WireEnd& end) {
  return end.http_status != 0 ? "http " + std::to_string(end.http_status) : std::to_string(end.close_code);
}

}  // namespace

Client::Client(Network& network, const Destination& server, ClientCounts& counts, MakeToken make_token,
               std::size_t read_bytes)
    : network_(network),
      counts_(counts),
      make_token_(std::move(make_token)),
      wire_(network, server, *this, read_bytes),
      backoff_(network.backoff) {
  network_.clients.push_back(this);
}

Client::~Client() { std::erase(network_.clients, this); }

void Client::start() {
  if (state_ == State::away) connect();
}

void Client::connect() {
  auto token = make_token_();
  if (!token) return give_up({0, 0, 0, token.error().text});
  ++attempt_;
  goaway_.reset();
  state_ = State::connecting;
  since_ = std::chrono::steady_clock::now();
  wire_.open(*token);
}

void Client::leave() {
  if (state_ == State::given_up) return;
  ++attempt_;
  lost_at_.reset();
  wire_.leave();
  go_down();
  state_ = State::away;
}

void Client::go_down() {
  if (state_ != State::up) return;
  --counts_.up;
  state_ = State::away;
  on_down();
}

void Client::check(SteadyTime now) {
  if (state_ == State::connecting && now - since_ > answer_within) return wire_.abort("no welcome in time");
  const auto silence_max = std::chrono::duration<double>(heartbeat_s_ * 2 + 5);
  if (state_ == State::up && now - wire_.heard_at() > silence_max) wire_.abort("the server went silent");
}

void Client::on_text(std::string_view text, std::size_t readable_after) {
  const ServerReply& reply = network_.reader.read(text, readable_after);
  switch (reply.kind) {
    case ReplyKind::unreadable:
      ++counts_.unreadable;
      break;
    case ReplyKind::welcome:
      handle_welcome(reply);
      break;
    case ReplyKind::goaway:
      goaway_ = {reply.reconnect_after_min, reply.reconnect_after_max};
      break;
    case ReplyKind::token_expiring:
      renew_token();
      break;
    default:
      on_reply(reply, text);
  }
}

void Client::handle_welcome(const ServerReply& welcome) {
  if (state_ != State::connecting) return;
  state_ = State::up;
  since_ = std::chrono::steady_clock::now();
  heartbeat_s_ = std::clamp(welcome.heartbeat_s.value_or(25), 1.0, 3600.0);
  backoff_.connected(since_);
  ++counts_.up;
  ++counts_.welcomes;
  if (lost_at_) counts_.back.add(std::chrono::duration_cast<std::chrono::microseconds>(since_ - *lost_at_));
  lost_at_.reset();
  on_welcome(welcome);
}

void Client::renew_token() {
  const auto token = make_token_();
  if (!token) return;
  std::string message = "{\"type\":\"auth\",\"token\":";
  codec::append_json_string(message, *token);
  message += '}';
  send(message);
  flush();
}

void Client::on_end(const WireEnd& end) {
  ++counts_.ends[name_of(end)];
  counts_.last_end = name_of(end) + (end.reason.empty() ? "" : " " + end.reason);
  if (state_ == State::up) {
    ++counts_.lost;
    lost_at_ = std::chrono::steady_clock::now();
  } else {
    ++counts_.failures;
  }
  go_down();
  come_back(end);
}

void Client::come_back(const WireEnd& end) {
  const Comeback comeback = end.http_status != 0 ? after_refusal(end.http_status) : after_close(end.close_code);
  if (comeback == Comeback::never) return give_up(end);
  milliseconds wait = backoff_.delay(comeback, std::chrono::steady_clock::now(), network_.random);
  if (goaway_ && comeback == Comeback::at_once) {
    const auto [least, most] = *goaway_;
    wait = std::max(wait, least + milliseconds{static_cast<std::int64_t>(network_.random.uniform() *
                                                                         static_cast<double>((most - least).count()))});
  }
  wait = std::max(wait, milliseconds{static_cast<std::int64_t>(std::clamp(end.retry_after_s, 0.0, 300.0) * 1'000)});
  state_ = State::waiting;
  const std::uint32_t planned = ++attempt_;
  network_.timetable.after(wait, [this, planned] {
    if (planned == attempt_ && state_ == State::waiting) connect();
  });
}

void Client::give_up(const WireEnd& end) {
  state_ = State::given_up;
  ++counts_.given_up;
  if (counts_.last_end.empty()) counts_.last_end = end.reason;
  on_given_up(end);
}

}  // namespace fieldcast::simulate
