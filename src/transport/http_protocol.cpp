#include "http_protocol.hpp"

#include "http_responder.hpp"
#include "http_writer.hpp"
#include "shard.hpp"
#include "upgrade.hpp"
#include "websocket_protocol.hpp"

#include <limits>
#include <utility>

namespace fieldcast::transport {

namespace {

constexpr seconds linger_for{2};
constexpr std::size_t body_with_head_max = 2'048;          // copied behind its head: one piece to write
constexpr std::size_t unread_answers_bytes_max = 262'144;  // of pipelined requests; then no more are read

bool is_event_stream(const HttpResponse& head) {
  for (const auto& [name, value] : head.headers)
    if ((name == "Content-Type" || name == "content-type") && value.starts_with("text/event-stream")) return true;
  return false;
}

}  // namespace

HttpProtocol::HttpProtocol(Connection& connection, const boost::asio::ip::address& peer)
    : connection_(connection),
      peer_(peer),
      deadline_(connection.shard().now().steady + connection.shard().settings().header_within) {}

HttpProtocol::~HttpProtocol() = default;

void HttpProtocol::on_bytes(std::span<char> bytes, std::size_t readable_after) {
  rest_ = bytes;
  readable_after_ = readable_after;
  while (!rest_.empty() && phase_ == Phase::reading && connection_.queued_bytes() <= unread_answers_bytes_max) {
    if (!reader_) {
      const Settings& settings = shard().settings();
      reader_ = std::make_unique<HttpReader>(HttpReaderLimits{settings.header_bytes_max, settings.headers_max});
      set_deadline(shard().now().steady + settings.header_within);
    }
    rest_ = rest_.subspan(reader_->feed({rest_.data(), rest_.size()}));
    advance();
    if (upgraded_ || connection_.ended()) return;
  }
  if (rest_.empty() || phase_ == Phase::finishing || phase_ == Phase::lingering) return;
  held_.append(rest_.data(), rest_.size());
  connection_.pause_reading();
}

void HttpProtocol::advance() {
  if (reader_->state() == HttpReader::State::head_complete) head_complete();
  if (upgraded_ || !reader_) return;
  if (reader_->state() == HttpReader::State::failed)
    refuse(reader_->failure());
  else if (reader_->state() == HttpReader::State::complete)
    dispatch();
}

void HttpProtocol::head_complete() {
  HttpRequest& head = reader_->request();
  const TrustedAddresses& trusted = shard().server().trusted;
  head.tls = connection_.is_tls();
  if (trusted.contains(peer_)) {
    std::string forwarded;  // several headers are one list
    for (const auto& [name, value] : head.headers)
      if (name == "x-forwarded-for") forwarded.append(forwarded.empty() ? "" : ",").append(value);
    head.peer = trusted.client(peer_, forwarded).to_string();
    head.tls = head.tls || head.header("x-forwarded-proto") == "https";
  } else {
    head.peer = peer_.to_string();
  }
  head_only_ = head.method == "HEAD";
  http_1_0_ = reader_->is_http_1_0();
  keep_alive_ = reader_->keep_alive();
  metrics::count(shard().counters().http_requests);
  if (asks_for_websocket(head)) return upgrade();
  auto verdict = shard().application().on_head(head);
  if (auto* refusal = std::get_if<HttpResponse>(&verdict)) {
    if (reader_->has_body()) refusal->close = true;  // what follows is not read
    reader_.reset();
    return answer(std::move(*refusal));
  }
  reader_->accept_body(std::get<std::size_t>(verdict));
  if (reader_->state() != HttpReader::State::body) return;
  if (reader_->expects_continue() && rest_.empty()) connection_.queue_always("HTTP/1.1 100 Continue\r\n\r\n");
  set_deadline(shard().now().steady + shard().settings().body_within);
}

void HttpProtocol::dispatch() {
  HttpRequest request = reader_->take_request();
  reader_.reset();
  phase_ = Phase::handling;
  deadline_ = never;
  auto responder = std::make_shared<Responder>(*this);
  responder_ = responder.get();
  shard().application().on_request(std::move(request), std::move(responder));
}

void HttpProtocol::upgrade() {
  const HttpRequest& head = reader_->request();
  keep_alive_ = false;  // whatever comes of it, HTTP ends here
  if (auto fault = upgrade_fault(head, http_1_0_, reader_->has_body(), shard().settings())) {
    HttpResponse response = shard().application().refusal(fault->outcome);
    response.status = fault->status;
    for (auto& header : fault->headers) response.headers.push_back(std::move(header));
    return refuse_upgrade(std::move(response));
  }
  if (shard().draining()) return refuse_upgrade(shard().application().refusal(outcome::shutting_down));
  auto verdict = shard().application().on_upgrade(head);
  if (auto* refusal = std::get_if<HttpResponse>(&verdict)) return refuse_upgrade(std::move(*refusal));
  connection_.queue_always(upgrade_response(head, shard().settings()));
  upgraded_ = true;
  on_gone();  // for HTTP
  metrics::count(shard().counters().upgrades);
  auto next =
      std::make_unique<WebSocketProtocol>(connection_, std::get<std::unique_ptr<SocketHandler>>(std::move(verdict)));
  WebSocketProtocol& websocket = *next;
  connection_.replace(std::move(next));
  websocket.open();
  if (!rest_.empty()) websocket.on_bytes(rest_, readable_after_);
}

void HttpProtocol::refuse_upgrade(HttpResponse response) {
  reader_.reset();
  response.close = true;
  answer(std::move(response));
}

void HttpProtocol::refuse(const Outcome& outcome) {
  reader_.reset();
  HttpResponse response = shard().application().refusal(outcome);
  response.close = true;
  answer(std::move(response));
}

bool HttpProtocol::settle_keep_alive(bool close_asked) {
  if (close_asked || input_ended_ || shard().draining()) keep_alive_ = false;
  return keep_alive_;
}

void HttpProtocol::answer(HttpResponse response) {
  responder_ = nullptr;
  settle_keep_alive(response.close);
  const std::size_t length = response.shared_body ? response.shared_body->payload().size() : response.body.size();
  HeadFacts facts{shard().date(), Framing::length, length, keep_alive_, http_1_0_};
  const bool has_body = status_has_body(response.status);
  if (!has_body) facts.framing = Framing::none;
  if (head_only_) facts.content_length = given_length(response).value_or(length);
  std::string head = response_head(response, facts);
  if (!has_body || head_only_) {
    connection_.queue_always(std::move(head));
  } else if (response.shared_body) {
    connection_.queue_always(std::move(head));
    if (length != 0) connection_.queue_always(std::move(response.shared_body));
  } else if (length <= body_with_head_max) {
    connection_.queue_always(head.append(response.body));
  } else {
    connection_.queue_always(std::move(head));
    connection_.queue_always(std::move(response.body));
  }
  shard().metrics().responded(response.status);
  after_answer();
}

void HttpProtocol::answer_nothing() { answer(shard().application().refusal(outcome::internal_error)); }

std::shared_ptr<HttpStream> HttpProtocol::begin_stream(HttpResponse head, StreamEvents events) {
  responder_ = nullptr;
  Stream::Shape shape;
  shape.length = given_length(head);
  shape.chunked = !shape.length && !http_1_0_;
  shape.muted = head_only_;
  if (!shape.length && http_1_0_) keep_alive_ = false;
  settle_keep_alive(head.close);
  const Framing framing = shape.length ? Framing::length : shape.chunked ? Framing::chunked : Framing::until_close;
  connection_.queue_always(
      response_head(head, {shard().date(), framing, shape.length.value_or(0), keep_alive_, http_1_0_}));
  shard().metrics().responded(head.status);
  phase_ = Phase::streaming;
  drain_event_stream_ = is_event_stream(head);
  stream_ = std::make_shared<Stream>(*this, shape, std::move(events));
  if (drain_at_ != never) set_deadline(drain_at_);
  return stream_;
}

// The response is queued; what comes next?
void HttpProtocol::after_answer() {
  if (keep_alive_) {
    phase_ = Phase::reading;
    head_only_ = http_1_0_ = false;
    set_deadline(shard().now().steady + shard().settings().keep_alive);
  } else {
    phase_ = Phase::finishing;
    deadline_ = never;  // a stalled write ends it
    connection_.want_flush();
  }
}

bool HttpProtocol::on_end_of_input() {
  input_ended_ = true;
  if (phase_ == Phase::handling || phase_ == Phase::finishing) return true;  // half-closed: it may still listen
  return phase_ == Phase::reading && connection_.queued_bytes() != 0 && !reader_;
}

void HttpProtocol::on_flushed(bool drained, bool was_behind) {
  if (!drained) return;
  switch (phase_) {
    case Phase::reading:
      if (input_ended_) return connection_.end();
      return resume();
    case Phase::streaming:
      if (stream_->finished()) return stream_over();
      if (was_behind) stream_->on_writable();
      return;
    case Phase::finishing:
      if (input_ended_) return connection_.end();
      // Closing now could take the response away from a peer that still sends (RST): wait for its end.
      phase_ = Phase::lingering;
      connection_.finish_writing();
      connection_.resume_reading();
      set_deadline(shard().now().steady + linger_for);
      return;
    case Phase::handling:
    case Phase::lingering:
      return;
  }
}

void HttpProtocol::stream_over() {
  close_stream();
  if (connection_.ended()) return;
  settle_keep_alive(false);
  after_answer();
  on_flushed(true, false);
}

void HttpProtocol::close_stream() {
  if (auto stream = std::exchange(stream_, nullptr)) stream->detach();
}

void HttpProtocol::resume() {
  if (held_.empty()) return;
  std::string bytes = std::exchange(held_, {});
  connection_.resume_reading();
  on_bytes(bytes, 0);
}

SteadyTime HttpProtocol::on_timer(Now now) {
  if (now.steady < deadline_) return deadline_;
  switch (phase_) {
    case Phase::reading:
      if (reader_ && reader_->started()) {
        refuse(outcome::request_timeout);
        return deadline_;
      }
      connection_.end();
      return never;
    case Phase::streaming:
      deadline_ = never;
      // The end of anything else would look whole: it runs until the server's last moment.
      if (drain_event_stream_) stream_->finish();
      return never;
    case Phase::lingering:
      connection_.end();
      return never;
    case Phase::handling:
    case Phase::finishing:
      return never;
  }
  return never;
}

void HttpProtocol::on_drain(const DrainPlan& plan) {
  drain_at_ = plan.end_at;
  if (phase_ == Phase::streaming || (phase_ == Phase::reading && !reader_)) set_deadline(plan.end_at);
}

void HttpProtocol::on_gone() {
  if (std::exchange(counted_, false)) shard().counters().http_connections.fetch_sub(1, std::memory_order_relaxed);
  if (responder_ != nullptr) std::exchange(responder_, nullptr)->detach();
  close_stream();
}

void HttpProtocol::set_deadline(SteadyTime deadline) {
  deadline_ = deadline;
  connection_.wake_by(deadline);
}

}  // namespace fieldcast::transport
