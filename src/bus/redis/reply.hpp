// Commands to Redis as bytes, and its answers as hiredis' reader parses them.
#pragma once

#include <functional>
#include <hiredis/hiredis.h>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fieldcast::bus::redis {

void append_command(std::string& out, std::span<const std::string_view> words);
std::string command(std::initializer_list<std::string_view> words);

/// Null: the connection was lost before an answer came.
using Answered = std::function<void(const redisReply*)>;

inline std::string_view text_of(const redisReply& reply) {
  return {reply.str, reply.str == nullptr ? 0U : static_cast<std::size_t>(reply.len)};
}
inline bool is_text(const redisReply& reply) {
  return reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS;
}
inline bool is_error(const redisReply& reply) { return reply.type == REDIS_REPLY_ERROR; }
inline bool is_error(const redisReply& reply, std::string_view code) {
  return is_error(reply) && text_of(reply).substr(0, text_of(reply).find(' ')) == code;
}
/// The elements of an array, none of anything else.
std::span<redisReply* const> elements_of(const redisReply& reply);

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyPtr = std::unique_ptr<redisReply, FreeReply>;

/// Limits: what was fed and is no reply yet, 64 MiB; elements of an array, 1 Mi.
class ReplyReader {
 public:
  ReplyReader();
  /// False when it is not Redis that speaks, or too much.
  bool feed(const char* bytes, std::size_t size);
  /// The next whole reply; null when there is none, or on an error: see failed().
  ReplyPtr next();
  bool failed() const { return reader_->err != 0; }

 private:
  struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace fieldcast::bus::redis
