// Dashboards without WebSocket: Server-Sent Events, and long polls.
#include "call.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>

namespace fieldcast::api {

namespace {

using Timer = boost::asio::steady_timer;

codec::Subscribe subscription(Call& call, std::string since) {
  codec::Subscribe request;
  request.room = call.request.parameter("room").value_or("");
  request.since = std::move(since);
  return request;
}

// `wait`, or less when the bearer's token ends sooner.
milliseconds time_left(const Call& call, milliseconds wait) {
  return std::clamp(call.claims->expires_at - std::min(read_clock().wall, call.claims->expires_at), milliseconds(0),
                    wait);
}

// One event stream (html.spec.whatwg.org, "Server-sent events"): each message of the room as `data`,
// its cursor as `id`, so that Last-Event-ID resumes.
class EventStream : public hub::Client, public std::enable_shared_from_this<EventStream> {
 public:
  explicit EventStream(CallPtr call) : call_(std::move(call)), timer_(call_->context.hub.loop().context()) {}

  void start(const codec::Subscribe& request) {
    transport::HttpResponse head;
    head.with("Content-Type", "text/event-stream").with("Cache-Control", "no-store").with("X-Accel-Buffering", "no");
    if (call_->request.method == "HEAD") return call_->responder->respond(std::move(head));
    transport::StreamEvents events;
    events.on_writable = [self = shared_from_this()] {
      if (self->stream_) self->hub().writable(self->id_);
    };
    events.on_closed = [self = shared_from_this()] { self->ended(); };
    stream_ = call_->responder->stream(std::move(head), std::move(events));
    if (!stream_) return;
    stream_->write("retry: 2000\n\n");
    id_ = hub().join(*this, call_->claims, hub::Hub::Seat::none);
    metrics::count(hub().metrics().streams_connected);
    hub().subscribe(id_, request);
    beat();
  }

  void deliver(const hub::Delivery& delivery) override {
    if (!stream_) return;
    std::string prefix;
    if (!delivery.cursor.empty()) prefix.append("id: ").append(delivery.cursor).append("\n");
    prefix += "data: ";
    stream_->write(std::move(prefix), delivery.message, "\n\n");
  }
  bool ready() const override { return stream_ && stream_->ready(); }
  void close(const Outcome& outcome) override {
    if (!stream_) return;
    stream_->write("data: " + codec::error(std::nullopt, outcome) + "\n\n");
    stream_->finish();
  }

 private:
  hub::Hub& hub() { return call_->context.hub; }

  // A comment keeps proxies from closing a quiet stream, and shows a dead peer; and no stream outlives its token.
  void beat() {
    timer_.expires_after(time_left(*call_, call_->context.settings.session.heartbeat));
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (error || !self->stream_) return;
      if (time_left(*self->call_, milliseconds(1)) == milliseconds(0)) return self->close(outcome::token_expired);
      self->stream_->write(": beat\n\n");
      self->beat();
    });
  }

  void ended() {
    stream_.reset();
    timer_.cancel();
    if (id_ == 0) return;
    hub().leave(id_);
    hub().metrics().streams_connected.fetch_sub(1, std::memory_order_relaxed);
    id_ = 0;
  }

  CallPtr call_;
  std::shared_ptr<transport::HttpStream> stream_;
  hub::ClientId id_ = 0;
  Timer timer_;
};

// One long poll: answered by the first news, or empty when the wait is over.
class Poll : public hub::Client, public std::enable_shared_from_this<Poll> {
 public:
  explicit Poll(CallPtr call) : call_(std::move(call)), timer_(call_->context.hub.loop().context()) {}

  void start(const codec::Subscribe& request, milliseconds wait) {
    cursor_ = request.since;
    id_ = hub().join(*this, call_->claims, hub::Hub::Seat::none);
    // What is there now may have to come from another shard: also a poll that will not wait gets it.
    ends_at_ = read_clock().steady + time_left(*call_, std::max(wait, milliseconds(100)));
    hub().subscribe(id_, request);
    look_again();
  }

  void deliver(const hub::Delivery& delivery) override {
    if (!delivery.cursor.empty()) cursor_ = delivery.cursor;
    if (!delivery.news) return;
    if (!messages_.empty()) messages_ += ',';
    messages_ += delivery.message->payload();
    if (answering_) return;
    answering_ = true;
    // Answered after the hub's turn: it must not be left from inside, and what comes in the same turn goes along.
    hub().loop().post([self = shared_from_this()] { self->answer(); });
  }
  // Piece by piece: what one answer does not hold, the next poll asks for by its cursor.
  bool ready() const override { return !answering_; }
  void close(const Outcome& outcome) override {
    deliver({make_message(codec::error(std::nullopt, outcome)), {}, true});
  }

 private:
  hub::Hub& hub() { return call_->context.hub; }

  // Each second: has the wait ended, the client gone away, or the server begun to drain?
  void look_again() {
    const SteadyTime now = read_clock().steady;
    if (now >= ends_at_ || !call_->responder->alive() || call_->context.process.draining) return answer();
    timer_.expires_at(std::min(ends_at_, now + seconds(1)));
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && self->id_ != 0) self->look_again();
    });
  }

  void answer() {
    if (id_ == 0) return;
    hub().leave(std::exchange(id_, 0));
    timer_.cancel();
    std::string out = "{\"cursor\":";
    codec::append_json_string(out, cursor_);
    call_->json(out + ",\"messages\":[" + messages_ + "]}");
  }

  CallPtr call_;
  hub::ClientId id_ = 0;
  bool answering_ = false;
  std::string cursor_;
  std::string messages_;
  SteadyTime ends_at_{};
  Timer timer_;
};

// An HTTP call can be refused by its status, which an event stream's client understands better than a message.
bool refused(Call& call, const codec::Subscribe& request) {
  const auto room = hub::room_from(call.claims->org, request.room);
  if (!room) return call.refuse(outcome::room_unknown, "room is team:<id> or agent:<id>"), true;
  if (room->kind == hub::RoomKey::Kind::team) {
    if (access::may_see(*call.claims, TeamKey{room->org, TeamId(room->id)})) return false;
    return call.refuse(outcome::forbidden), true;
  }
  const AgentIdentityPtr agent = call.context.directory().find({room->org, AgentId(room->id)});
  if (agent && access::may_see(*call.claims, *agent)) return false;
  return call.refuse(!agent && call.claims->all_teams ? outcome::room_unknown : outcome::forbidden), true;
}

}  // namespace

void get_stream(CallPtr call) {
  std::string since(call->request.header("last-event-id"));
  if (since.empty()) since = call->request.parameter("cursor").value_or("");
  const codec::Subscribe request = subscription(*call, std::move(since));
  if (refused(*call, request)) return;
  std::make_shared<EventStream>(call)->start(request);
}

void get_poll(CallPtr call) {
  std::optional<double> wait_s;
  if (!read_number(*call, "wait_s", 0, 60, wait_s)) return;
  const codec::Subscribe request = subscription(*call, call->request.parameter("cursor").value_or(""));
  if (refused(*call, request)) return;
  std::make_shared<Poll>(call)->start(request, milliseconds(static_cast<std::int64_t>(wait_s.value_or(25) * 1e3)));
}

}  // namespace fieldcast::api
