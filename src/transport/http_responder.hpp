// What the application holds of a request: safe to keep after the client went away.
#pragma once

#include "fieldcast/transport/http_message.hpp"

#include <optional>

namespace fieldcast::transport {

class HttpProtocol;

class Responder final : public HttpResponder {
 public:
  explicit Responder(HttpProtocol& protocol) : protocol_(&protocol) {}
  ~Responder() override;
  bool alive() const override { return protocol_ != nullptr; }
  void respond(HttpResponse response) override;
  std::shared_ptr<HttpStream> stream(HttpResponse head, StreamEvents events) override;
  void detach() { protocol_ = nullptr; }

 private:
  HttpProtocol* protocol_;
};

class Stream final : public HttpStream {
 public:
  struct Shape {
    bool chunked = false;
    bool muted = false;                 // HEAD: nothing follows
    std::optional<std::size_t> length;  // promised in the head
  };
  Stream(HttpProtocol& protocol, Shape shape, StreamEvents events)
      : protocol_(&protocol), shape_(shape), events_(std::move(events)) {}

  void write(std::string bytes) override;
  void write(std::string prefix, MessagePtr message, std::string_view suffix) override;
  bool ready() const override;
  void finish() override;
  void abort() override;

  bool finished() const { return finished_; }
  void on_writable() const;
  /// Nothing reaches the connection any more; tells the application, once.
  void detach();

 private:
  bool open() const { return protocol_ != nullptr && !finished_; }
  bool take(std::size_t bytes);

  HttpProtocol* protocol_;
  Shape shape_;
  StreamEvents events_;
  bool finished_ = false;
};

}  // namespace fieldcast::transport
