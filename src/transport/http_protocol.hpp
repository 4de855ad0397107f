// HTTP/1 on one connection: one request at a time, kept alive between them.
//
//   reading ── request ──▶ handling ── response ──▶ reading
//                             └── stream ──▶ streaming ── finish ──▶ reading
//   any of them ── last response ──▶ finishing ── written ──▶ lingering ── peer's end ──▶ (gone)
//
// Memory: what a request needs lives only while there is one.
#pragma once

#include "connection.hpp"
#include "fieldcast/transport/http_reader.hpp"
#include "fieldcast/transport/server.hpp"

#include <boost/asio/ip/address.hpp>
#include <memory>
#include <string>

namespace fieldcast::transport {

class Responder;
class Stream;

class HttpProtocol final : public Protocol {
 public:
  HttpProtocol(Connection& connection, const boost::asio::ip::address& peer);
  ~HttpProtocol() override;

  void on_bytes(std::span<char> bytes, std::size_t readable_after) override;
  bool on_end_of_input() override;
  void on_flushed(bool drained, bool was_behind) override;
  SteadyTime on_timer(Now now) override;
  void on_stalled() override { connection_.end(); }
  void on_overflow() override { connection_.cut(); }
  void on_drain(const DrainPlan& plan) override;
  void on_gone() override;

  // For the responder and the stream of the present request.
  void answer(HttpResponse response);
  void answer_nothing();  // the application let go of the responder
  std::shared_ptr<HttpStream> begin_stream(HttpResponse head, StreamEvents events);
  Connection& connection() { return connection_; }

 private:
  enum class Phase : std::uint8_t { reading, handling, streaming, finishing, lingering };

  void advance();
  void head_complete();
  void dispatch();
  void upgrade();
  void refuse(const Outcome& outcome);
  void refuse_upgrade(HttpResponse response);
  bool settle_keep_alive(bool close_asked);
  void after_answer();
  void stream_over();
  void close_stream();
  void resume();
  void set_deadline(SteadyTime deadline);
  Shard& shard() { return connection_.shard(); }

  Connection& connection_;
  boost::asio::ip::address peer_;
  Phase phase_ = Phase::reading;
  bool keep_alive_ = true;  // of the present request
  bool head_only_ = false;
  bool http_1_0_ = false;
  bool upgraded_ = false;
  bool input_ended_ = false;
  bool counted_ = true;  // among http_connections
  bool drain_event_stream_ = false;
  SteadyTime deadline_;
  SteadyTime drain_at_ = never;
  std::span<char> rest_;  // of the bytes that are being read
  std::size_t readable_after_ = 0;
  std::string held_;  // bytes that wait for the present request to be answered
  std::unique_ptr<HttpReader> reader_;
  Responder* responder_ = nullptr;
  std::shared_ptr<Stream> stream_;
};

}  // namespace fieldcast::transport
