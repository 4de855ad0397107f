#include "wire.hpp"

#include "fieldcast/websocket/decoder.hpp"
#include "fieldcast/websocket/encoder.hpp"
#include "upgrade.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

namespace fieldcast::simulate {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;
using TlsStream = asio::ssl::stream<Socket&>;

constexpr std::size_t head_bytes_max = 16'384;
constexpr std::size_t kept_out_bytes = 4'096;  // a flushed backlog must not leave 100 KB at each of 15,000 agents
constexpr std::size_t padding_bytes = 64;      // behind what was read, for the parser

}  // namespace

/// Outlives the Wire's interest in it: a handler that comes later finds `wire` null.
struct Wire::Channel : websocket::Events, std::enable_shared_from_this<Wire::Channel> {
  Channel(Wire& owner, std::size_t read_bytes)
      : wire(&owner), network(owner.network_), server(owner.server_), socket(network.io) {
    input.resize(read_bytes + padding_bytes);
    limits.message_bytes_max = 64u << 20;
    limits.fragments_max = 100'000;
  }

  void connect(std::string_view token);
  void handshake();
  void request_upgrade();
  void read();
  void on_read(const ErrorCode& error, std::size_t bytes);
  void on_head(std::string_view bytes);
  void check_answer(std::string_view head_text);
  void feed(std::span<char> bytes, std::size_t readable_after);
  void flush();
  void write_rest();
  void add_frame(websocket::Opcode opcode, std::string_view payload);
  void add_close(std::uint16_t code);
  void end(WireEnd why);
  void cut();

  void on_text(std::string_view text, std::size_t readable_after) override {
    if (wire != nullptr) wire->listener_.on_text(text, readable_after);
  }
  void on_binary(std::string_view) override {}
  void on_ping(std::string_view payload) override { add_frame(websocket::Opcode::pong, payload); }
  void on_pong(std::string_view) override {}
  void on_close(std::uint16_t code, std::string_view reason) override {
    close_received = WireEnd{code, 0, 0, std::string(reason)};
    add_close(code == 1005 ? std::uint16_t{1000} : code);
  }

  Wire* wire;
  Network& network;
  const Destination& server;
  Socket socket;
  std::unique_ptr<TlsStream> tls;
  websocket::Decoder decoder{websocket::Role::client};
  websocket::DecoderLimits limits;
  std::vector<char> input;
  std::string head, key, request;
  std::string out, writing;
  bool in_write = false, open = false, broken = false;
  std::optional<WireEnd> close_received;
  SteadyTime heard_at = std::chrono::steady_clock::now();
};

void Wire::Channel::connect(std::string_view token) {
  key = upgrade_key(network.random.next(), network.random.next());
  request = upgrade_request(server.address, token, key);
  asio::async_connect(socket, server.endpoints, [self = shared_from_this()](const ErrorCode& error, const auto&) {
    if (self->wire == nullptr) return;
    if (error) return self->end({1006, 0, 0, "cannot connect: " + error.message()});
    ErrorCode ignored;
    self->socket.set_option(tcp::no_delay(true), ignored);
    self->socket.non_blocking(true, ignored);
    if (self->network.tls) return self->handshake();
    self->request_upgrade();
  });
}

void Wire::Channel::handshake() {
  tls = std::make_unique<TlsStream>(socket, *network.tls);
  SSL_set_tlsext_host_name(tls->native_handle(), server.address.host.c_str());
  if (network.verify_host) tls->set_verify_callback(asio::ssl::host_name_verification(server.address.host));
  tls->async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](const ErrorCode& error) {
    if (self->wire == nullptr) return;
    if (error) return self->end({1006, 0, 0, "TLS: " + error.message()});
    self->request_upgrade();
  });
}

void Wire::Channel::request_upgrade() {
  out.insert(0, request);
  request.clear();
  request.shrink_to_fit();
  flush();
  read();
}

void Wire::Channel::read() {
  const auto buffer = asio::buffer(input.data(), input.size() - padding_bytes);
  auto handler = [self = shared_from_this()](const ErrorCode& error, std::size_t bytes) {
    self->on_read(error, bytes);
  };
  if (tls) {
    tls->async_read_some(buffer, std::move(handler));
  } else {
    socket.async_read_some(buffer, std::move(handler));
  }
}

void Wire::Channel::on_read(const ErrorCode& error, std::size_t bytes) {
  if (wire == nullptr) return;
  if (error) return end({1006, 0, 0, "connection lost: " + error.message()});
  heard_at = std::chrono::steady_clock::now();
  if (open) {
    feed(std::span(input.data(), bytes), input.size() - bytes);
  } else {
    on_head({input.data(), bytes});
  }
  if (wire != nullptr) read();
}

void Wire::Channel::on_head(std::string_view bytes) {
  head += bytes;
  const std::size_t head_end = head.find("\r\n\r\n");
  if (head_end == std::string::npos) {
    if (head.size() > head_bytes_max) end({1006, 0, 0, "the answer's head does not end"});
    return;
  }
  check_answer(std::string_view(head).substr(0, head_end + 2));
  if (wire == nullptr) return;
  open = true;
  std::string rest = head.substr(head_end + 4);  // frames that came with the head
  head.clear();
  head.shrink_to_fit();
  wire->listener_.on_open();
  if (wire != nullptr && !rest.empty()) feed(rest, 0);
}

void Wire::Channel::check_answer(std::string_view head_text) {
  const auto answer = read_response_head(head_text);
  if (!answer) return end({1006, 0, 0, "the answer is not HTTP"});
  if (answer->status != 101) {
    const std::string_view wait = answer->field("retry-after");
    double retry_after_s = 0;
    std::from_chars(wait.data(), wait.data() + wait.size(), retry_after_s);
    return end({1006, answer->status, retry_after_s, "the upgrade was refused"});
  }
  if (answer->field("sec-websocket-accept") != websocket::accept_key(key))
    return end({1002, 0, 0, "the upgrade's accept key is wrong"});
}

void Wire::Channel::feed(std::span<char> bytes, std::size_t readable_after) {
  const auto violation = decoder.feed(bytes, readable_after, limits, *this);
  if (wire == nullptr) return;
  if (violation != websocket::Violation::none) {
    add_close(websocket::close_code(violation));
    flush();
    return end({1002, 0, 0, "bad frame from the server: " + std::string(websocket::to_string(violation))});
  }
  if (!out.empty()) flush();
  if (close_received) end(*close_received);
}

void Wire::Channel::add_frame(websocket::Opcode opcode, std::string_view payload) {
  websocket::append_frame(out, opcode, payload, static_cast<std::uint32_t>(network.random.next()));
}

void Wire::Channel::add_close(std::uint16_t code) {
  websocket::append_close(out, code, {}, static_cast<std::uint32_t>(network.random.next()));
}

void Wire::Channel::flush() {
  if (in_write || broken || out.empty()) return;
  if (tls) return write_rest();
  ErrorCode error;
  const std::size_t sent = socket.write_some(asio::buffer(out), error);
  if (error && error != asio::error::would_block) return cut();
  if (sent == out.size()) {
    out.clear();
    if (out.capacity() > kept_out_bytes) out.shrink_to_fit();
    return;
  }
  out.erase(0, sent);
  write_rest();
}

void Wire::Channel::write_rest() {
  in_write = true;
  writing.swap(out);
  auto handler = [self = shared_from_this()](const ErrorCode& error, std::size_t) {
    self->in_write = false;
    self->writing.clear();
    if (self->writing.capacity() > kept_out_bytes) self->writing.shrink_to_fit();
    if (error) return self->cut();
    self->flush();
  };
  if (tls) {
    asio::async_write(*tls, asio::buffer(writing), std::move(handler));
  } else {
    asio::async_write(socket, asio::buffer(writing), std::move(handler));
  }
}

/// A failed write is not reported by itself: the reader is made to see the end.
void Wire::Channel::cut() {
  broken = true;
  ErrorCode ignored;
  socket.shutdown(Socket::shutdown_both, ignored);
}

void Wire::Channel::end(WireEnd why) {
  Wire* const owner = std::exchange(wire, nullptr);
  if (owner == nullptr) return;
  ErrorCode ignored;
  socket.close(ignored);
  const auto self = std::move(owner->channel_);  // until the listener is done
  owner->listener_.on_end(why);
}

Wire::Wire(Network& network, const Destination& server, WireListener& listener, std::size_t read_bytes)
    : network_(network), server_(server), listener_(listener), read_bytes_(read_bytes) {}

Wire::~Wire() {
  if (channel_) channel_->wire = nullptr;
}

void Wire::open(std::string_view token) {
  leave();
  channel_ = std::make_shared<Channel>(*this, read_bytes_);
  channel_->connect(token);
}

void Wire::send(std::string_view text) {
  if (channel_) channel_->add_frame(websocket::Opcode::text, text);
}

void Wire::flush() {
  if (channel_ && channel_->open) channel_->flush();
}

void Wire::leave() {
  if (!channel_) return;
  if (channel_->open) {
    channel_->add_close(1000);
    channel_->flush();
  }
  channel_->wire = nullptr;
  ErrorCode ignored;
  channel_->socket.close(ignored);
  channel_.reset();
}

void Wire::abort(std::string reason) {
  if (channel_) channel_->end({1006, 0, 0, std::move(reason)});
}

SteadyTime Wire::heard_at() const { return channel_ ? channel_->heard_at : SteadyTime{}; }

std::size_t Wire::unsent_bytes() const { return channel_ ? channel_->out.size() + channel_->writing.size() : 0; }

}  // namespace fieldcast::simulate
