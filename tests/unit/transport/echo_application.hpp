// A small application and a server around it, for tests on loopback sockets.
#pragma once

#include "fieldcast/transport/server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace fieldcast::transport::testing {

/// Answers texts with themselves; some texts are commands.
class EchoHandler : public SocketHandler {
 public:
  explicit EchoHandler(std::function<void(std::uint16_t)> closed = {}) : closed_(std::move(closed)) {}
  void on_open(Channel& channel, Now) override { channel_ = &channel; }
  void on_text(std::string_view text, bool padded, Now) override {
    if (text == "close") return channel_->close(4008, "replaced");
    if (text == "tell when writable") {
      tells_writable_ = true;
      return;
    }
    if (text == "padded") return channel_->send_text(padded ? "yes" : "no");
    if (text == "flood") {
      for (int i = 0; i < 2'000; ++i) channel_->send(make_message(std::string(1'000, 'x')));
      return;
    }
    channel_->send(make_message(text));
  }
  void on_pong(Now) override { channel_->send_text("pong heard"); }
  void on_frames(std::uint32_t, Now) override {}
  void on_writable(Now) override {
    if (tells_writable_) channel_->send_text("writable");
  }
  SteadyTime on_tick(Now) override { return SteadyTime::max(); }
  void on_closed(std::uint16_t code) override {
    if (closed_) closed_(code);
  }

 protected:
  Channel* channel_ = nullptr;
  bool tells_writable_ = false;
  std::function<void(std::uint16_t)> closed_;
};

class EchoApplication : public Application {
 public:
  std::function<void(HttpRequest, HttpResponderPtr)> request = echo;
  std::function<std::unique_ptr<SocketHandler>()> socket = [] { return std::make_unique<EchoHandler>(); };
  std::size_t body_bytes_max = 1'000'000;

  static void echo(HttpRequest request, HttpResponderPtr responder) {
    HttpResponse response;
    response.body = request.method + " " + request.path + " peer=" + request.peer + " " + request.body;
    responder->respond(std::move(response));
  }
  std::variant<HttpResponse, std::size_t> on_head(const HttpRequest& head) override {
    if (head.path == "/forbidden") return refusal(outcome::forbidden);
    return body_bytes_max;
  }
  void on_request(HttpRequest one, HttpResponderPtr responder) override {
    request(std::move(one), std::move(responder));
  }
  std::variant<HttpResponse, std::unique_ptr<SocketHandler>> on_upgrade(const HttpRequest& head) override {
    if (head.path == "/forbidden") return refusal(outcome::unauthenticated);
    return socket();
  }
  HttpResponse refusal(const Outcome& outcome) override {
    HttpResponse response;
    response.status = outcome.http_status;
    response.body = outcome.code;
    return response;
  }
};

/// A server on a free port of the loopback, its shards on threads of their own.
class RunningServer {
 public:
  explicit RunningServer(Settings settings = {}, std::size_t shards = 1,
                         const std::function<void(EchoApplication&)>& prepare = {})
      : metrics(shards) {
    if (settings.address == "0.0.0.0") settings.address = "127.0.0.1";
    settings.port = 0;
    std::vector<boost::asio::io_context*> given;
    std::vector<Application*> answering;
    for (std::size_t i = 0; i < shards; ++i) {
      contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
      guards_.push_back(boost::asio::make_work_guard(*contexts_.back()));
      applications.push_back(std::make_unique<EchoApplication>());
      if (prepare) prepare(*applications.back());
      given.push_back(contexts_.back().get());
      answering.push_back(applications.back().get());
    }
    server = std::make_unique<Server>(std::move(settings), given, answering, metrics);
    try {
      server->start();
    } catch (...) {
      server.reset();  // before the contexts that it uses
      throw;
    }
    for (auto& context : contexts_) threads_.emplace_back([&context] { context->run(); });
  }
  ~RunningServer() { stop(); }

  void stop() {
    for (auto& context : contexts_) context->stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    server.reset();
  }
  std::uint16_t port() const { return server->port(); }
  /// Runs `task` on shard 0 and waits for it.
  void on_shard(std::function<void()> task) {
    std::promise<void> done;
    boost::asio::post(*contexts_[0], [&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  metrics::Metrics metrics;

 private:
  // Before the server: it must go first, also when it cannot start.
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;

 public:
  std::vector<std::unique_ptr<EchoApplication>> applications;
  std::unique_ptr<Server> server;
};

}  // namespace fieldcast::transport::testing
