#include "link.hpp"

#include <boost/asio/post.hpp>

namespace fieldcast::bus::redis {

namespace asio = boost::asio;

Link::Link(const Surroundings& around, Address at, std::vector<Greeting> greetings, Events events)
    : around_(around),
      at_(std::move(at)),
      greetings_(std::move(greetings)),
      events_(std::move(events)),
      stream_(around.io, around.tls, at_.host),
      timer_(around.io) {}

void Link::open() {
  watch(around_.connect_within);
  around_.resolver.resolve(at_.host, at_.port, [self = shared_from_this()](const Resolver::Endpoints& endpoints) {
    if (self->closed_) return;
    if (endpoints.empty()) return self->lose("its name is not known");
    self->stream_.connect(endpoints, [self](boost::system::error_code failure) {
      if (self->closed_) return;
      if (failure) return self->lose(failure.message());
      self->greet();
      self->read();
    });
  });
}

void Link::greet() {
  if (greetings_.empty()) return greeted();
  for (std::size_t i = 0; i < greetings_.size(); ++i) {
    filling_ += greetings_[i].command;
    owed_.push_back([this, i](const redisReply* reply) {
      if (reply == nullptr) return;
      const std::string objection = greetings_[i].objection ? greetings_[i].objection(*reply) : std::string();
      if (!objection.empty()) return lose(objection);
      if (i + 1 == greetings_.size()) greeted();
    });
  }
  write_soon();
}

void Link::greeted() {
  ready_ = true;
  heard_at_ = read_clock().steady;
  watch(around_.ping_every);
  if (events_.ready) events_.ready();
}

void Link::send(std::string_view command, Answered answered) {
  if (closed_) return answered(nullptr);
  filling_ += command;
  owed_.push_back(std::move(answered));
  write_soon();
}

void Link::say(std::string_view command) {
  if (closed_) return;
  filling_ += command;
  write_soon();
}

/// What one turn of the loop says goes out in one write.
void Link::write_soon() {
  if (write_due_ || !writing_.empty()) return;
  write_due_ = true;
  asio::post(around_.io, [self = shared_from_this()] {
    self->write_due_ = false;
    if (!self->closed_ && self->writing_.empty()) self->write();
  });
}

void Link::write() {
  if (filling_.empty()) return;
  writing_.swap(filling_);
  stream_.write_all(asio::buffer(writing_),
                    [self = shared_from_this()](boost::system::error_code failure, std::size_t) {
                      self->writing_.clear();
                      if (self->closed_) return;
                      if (failure) return self->lose(failure.message());
                      self->write();
                    });
}

void Link::read() {
  stream_.read_some(asio::buffer(input_),
                    [self = shared_from_this()](boost::system::error_code failure, std::size_t size) {
                      if (self->closed_) return;
                      if (failure)
                        return self->lose(failure == asio::error::eof ? "the server closed it" : failure.message());
                      self->heard_at_ = read_clock().steady;
                      if (!self->reader_.feed(self->input_.data(), size))
                        return self->lose("the server says too much at once");
                      while (const ReplyPtr reply = self->reader_.next()) {
                        self->take(*reply);
                        if (self->closed_) return;
                      }
                      if (self->reader_.failed()) return self->lose("what it says is not Redis' protocol");
                      self->read();
                    });
}

void Link::take(const redisReply& reply) {
  if (ready_ && events_.pushed) return events_.pushed(reply);
  if (owed_.empty()) return lose("an answer that nobody asked for");
  const Answered answered = std::move(owed_.front());
  owed_.pop_front();
  answered(&reply);
}

void Link::watch(milliseconds after) {
  timer_.expires_after(after);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
    if (!cancelled && !self->closed_) self->tick();
  });
}

void Link::tick() {
  if (!ready_) return lose("no connection in time");
  if (read_clock().steady - heard_at_ >= 2 * around_.ping_every) return lose("the server is silent");
  static const std::string ping = command({"PING"});
  if (events_.pushed) {
    say(ping);
  } else {
    send(ping, [](const redisReply*) {});
  }
  watch(around_.ping_every);
}

void Link::end() {
  closed_ = true;
  stream_.close();
  timer_.cancel();
  std::deque<Answered> owed;
  owed.swap(owed_);
  for (const Answered& answered : owed) answered(nullptr);
}

void Link::close() {
  if (closed_) return;
  const auto self = shared_from_this();
  end();
}

void Link::lose(const std::string& why) {
  if (closed_) return;
  const auto self = shared_from_this();
  end();
  if (events_.lost) events_.lost(to_string(at_) + ": " + why);
}

namespace {

/// Only the code of a refusal: a server that is no Redis repeats the command in its text, and the password with it.
std::string refusal(const redisReply& reply, const char* what) {
  if (!is_error(reply)) return {};
  const auto text = text_of(reply);
  return std::string(what) + " (" + std::string(text.substr(0, text.find(' '))) + ")";
}

}  // namespace

std::vector<Greeting> greetings_of(const RedisUrl& url) {
  std::vector<Greeting> greetings;
  if (!url.password.empty())
    greetings.push_back({url.user.empty() ? command({"AUTH", url.password}) : command({"AUTH", url.user, url.password}),
                         [](const redisReply& reply) { return refusal(reply, "user or password is refused"); }});
  if (url.database != 0)
    greetings.push_back({command({"SELECT", std::to_string(url.database)}),
                         [](const redisReply& reply) { return refusal(reply, "the database is refused"); }});
  greetings.push_back({command({"CLIENT", "SETNAME", "fieldcast"}), nullptr});  // a convenience: refused is fine
  // Says what is the matter before anything is sent: no password given, still loading, not allowed.
  greetings.push_back({command({"PING"}), [](const redisReply& reply) { return refusal(reply, "it lets nobody in"); }});
  return greetings;
}

}  // namespace fieldcast::bus::redis
