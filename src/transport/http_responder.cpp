#include "http_responder.hpp"

#include "http_protocol.hpp"
#include "http_writer.hpp"

#include <utility>

namespace fieldcast::transport {

Responder::~Responder() {
  if (protocol_ != nullptr) protocol_->answer_nothing();
}

void Responder::respond(HttpResponse response) {
  if (protocol_ != nullptr) std::exchange(protocol_, nullptr)->answer(std::move(response));
}

std::shared_ptr<HttpStream> Responder::stream(HttpResponse head, StreamEvents events) {
  if (protocol_ == nullptr) return nullptr;
  return std::exchange(protocol_, nullptr)->begin_stream(std::move(head), std::move(events));
}

// False when the bytes are not to be sent: nobody is there, or more than was promised.
bool Stream::take(std::size_t bytes) {
  if (!open() || shape_.muted || bytes == 0) return false;
  if (!shape_.length) return true;
  if (bytes > *shape_.length) {
    abort();
    return false;
  }
  *shape_.length -= bytes;
  return true;
}

void Stream::write(std::string bytes) {
  if (!take(bytes.size())) return;
  if (shape_.chunked) {
    bytes.insert(0, chunk_head(bytes.size()));
    bytes.append("\r\n");
  }
  // Whoever keeps up may write one piece whatever its size: an export's page can be larger than the bound.
  Connection& connection = protocol_->connection();
  if (connection.ready()) return connection.queue_always(std::move(bytes));
  if (!connection.queue(std::move(bytes))) protocol_->on_overflow();
}

void Stream::write(std::string prefix, MessagePtr message, std::string_view suffix) {
  const std::size_t bytes = prefix.size() + message->payload().size() + suffix.size();
  if (!take(bytes)) return;
  std::string tail(suffix);
  if (shape_.chunked) {
    prefix.insert(0, chunk_head(bytes));
    tail.append("\r\n");
  }
  Connection& connection = protocol_->connection();
  if (connection.ready()) {
    if (!prefix.empty()) connection.queue_always(std::move(prefix));
    connection.queue_always(std::move(message));
    if (!tail.empty()) connection.queue_always(std::move(tail));
    return;
  }
  const bool queued = (prefix.empty() || connection.queue(std::move(prefix))) &&
                      connection.queue(std::move(message), rooms::Outbox::Form::payload) &&
                      (tail.empty() || connection.queue(std::move(tail)));
  if (!queued) protocol_->on_overflow();
}

bool Stream::ready() const { return open() && protocol_->connection().ready(); }

void Stream::finish() {
  if (!open()) return;
  if (shape_.length && *shape_.length != 0 && !shape_.muted) return abort();  // less than was promised
  finished_ = true;
  if (shape_.chunked && !shape_.muted) protocol_->connection().queue_always("0\r\n\r\n");
  protocol_->connection().want_flush();
}

void Stream::abort() {
  if (protocol_ == nullptr) return;
  finished_ = true;
  protocol_->connection().cut();
}

void Stream::on_writable() const {
  if (!open() || !events_.on_writable) return;
  const auto call = events_.on_writable;  // it may end the stream, and with it itself
  call();
}

void Stream::detach() {
  protocol_ = nullptr;
  const StreamEvents events = std::exchange(events_, {});
  if (events.on_closed) events.on_closed();
}

}  // namespace fieldcast::transport
