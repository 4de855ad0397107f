// A server of a few lines for the client's tests: upgrade, welcome, honest acks, and whatever goes wrong on request.
#pragma once

#include "fieldcast/websocket/decoder.hpp"
#include "fieldcast/websocket/encoder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <list>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace fieldcast::simulate {

class TinyServer {
 public:
  using Json = nlohmann::json;

  /// One connection, seen from the server.
  struct Peer : websocket::Events, std::enable_shared_from_this<Peer> {
    Peer(TinyServer& owner, boost::asio::ip::tcp::socket taken, int index)
        : server(owner), socket(std::move(taken)), number(index), input(65'536) {}

    void say(const Json& message) { say_text(message.dump()); }
    void say_text(const std::string& text) {
      std::string frame;
      websocket::append_frame(frame, websocket::Opcode::text, text);
      write(frame);
    }
    void close(std::uint16_t code) {
      std::string frame;
      websocket::append_close(frame, code, "test");
      write(frame);
      cut();
    }
    void cut() {
      boost::system::error_code ignored;
      socket.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
      socket.close(ignored);
    }
    void write(const std::string& bytes) {
      boost::system::error_code ignored;
      boost::asio::write(socket, boost::asio::buffer(bytes), ignored);
    }
    void start() {
      boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(head), "\r\n\r\n",
                                    [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                                      if (!error) self->upgrade();
                                    });
    }
    void upgrade() {
      if (server.refuse_status != 0) {
        write("HTTP/1.1 " + std::to_string(server.refuse_status) + " No\r\nContent-Length: 0\r\n\r\n");
        return cut();
      }
      const std::string name = "Sec-WebSocket-Key: ";
      const std::size_t at = head.find(name) + name.size();
      const std::string key = head.substr(at, head.find("\r\n", at) - at);
      std::string answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nsec-websocket-ACCEPT:  " +
                           websocket::accept_key(key) + "\r\n\r\n";
      // The welcome leaves with the head, as a fast server's does.
      websocket::append_frame(answer, websocket::Opcode::text,
                              R"({"type":"welcome","heartbeat_s":25,"limits":{"positions_per_message":10}})");
      write(answer);
      read();
    }
    void read() {
      socket.async_read_some(boost::asio::buffer(input),
                             [self = shared_from_this()](boost::system::error_code error, std::size_t bytes) {
                               if (error) return;
                               self->decoder.feed(std::span(self->input.data(), bytes), 0, {}, *self);
                               if (self->socket.is_open()) self->read();
                             });
    }
    void on_text(std::string_view text, std::size_t) override {
      const Json message = Json::parse(text);
      if (!server.on_message || !server.on_message(*this, message)) server.answer(*this, message);
    }
    void on_binary(std::string_view) override {}
    void on_ping(std::string_view) override {}
    void on_pong(std::string_view) override {}
    void on_close(std::uint16_t code, std::string_view) override {
      server.closes.push_back(code);
      cut();
    }

    TinyServer& server;
    boost::asio::ip::tcp::socket socket;
    int number;
    std::vector<char> input;
    std::string head;
    websocket::Decoder decoder{websocket::Role::server};
  };

  TinyServer() {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~TinyServer() { stop(); }

  /// Ends its thread; what it saw may be read from now on.
  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  std::string url() const { return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

  /// Stores what is new and tells how much that was, as the real one does after its commit.
  Json store(const Json& message) {
    const Json positions = message["type"] == "position" ? Json::array({message}) : message["positions"];
    std::size_t accepted = 0;
    for (const Json& position : positions) {
      const std::string agent = position.value("agent", "");
      if (stored.insert({agent, position["recorded_at"]}).second) ++accepted;
    }
    return {{"type", "ack"},
            {"id", message["id"]},
            {"accepted", accepted},
            {"duplicates", positions.size() - accepted},
            {"quarantined", Json::array()}};
  }
  void answer(Peer& peer, const Json& message) {
    const std::string type = message["type"];
    if (type == "position" || type == "positions") {
      peer.say(store(message));
    } else if (type == "subscribe") {
      subscribed.push_back(message);
      peer.say({{"type", "snapshot"}, {"room", message["room"]}, {"cursor", "c-1"}, {"agents", Json::array()}});
    }
  }

  // Set before the client starts; read after stop().
  int refuse_status = 0;
  std::function<bool(Peer&, const Json&)> on_message;  // true: it has answered
  std::set<std::pair<std::string, std::string>> stored;
  std::vector<Json> subscribed;
  std::vector<std::uint16_t> closes;
  int connections = 0;

 private:
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      std::make_shared<Peer>(*this, std::move(socket), ++connections)->start();
      accept();
    });
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::thread thread_;
};

}  // namespace fieldcast::simulate
