#include "reply.hpp"

#include <charconv>

namespace fieldcast::bus::redis {
namespace {

constexpr std::size_t unread_bytes_max = std::size_t{64} << 20U;
constexpr int elements_max = 1 << 20;

void append_size(std::string& out, char mark, std::size_t size) {
  char text[24];
  out += mark;
  out.append(text, std::to_chars(text, text + sizeof(text), size).ptr);
  out += "\r\n";
}

/// hiredis 0.14 allocates whatever a length in the stream says.
redisReplyObjectFunctions* bounded(const redisReplyObjectFunctions* original) {
  static const redisReplyObjectFunctions defaults = *original;
  static redisReplyObjectFunctions functions = [] {
    redisReplyObjectFunctions changed = defaults;
    changed.createArray = [](const redisReadTask* task, int elements) -> void* {
      return elements > elements_max ? nullptr : defaults.createArray(task, elements);
    };
    return changed;
  }();
  return &functions;
}

}  // namespace

void append_command(std::string& out, std::span<const std::string_view> words) {
  append_size(out, '*', words.size());
  for (const std::string_view word : words) {
    append_size(out, '$', word.size());
    out += word;
    out += "\r\n";
  }
}

std::string command(std::initializer_list<std::string_view> words) {
  std::string out;
  append_command(out, {words.begin(), words.size()});
  return out;
}

std::span<redisReply* const> elements_of(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY) return {};
  return {reply.element, reply.elements};
}

ReplyReader::ReplyReader() : reader_(redisReaderCreate()) {
  if (!reader_) throw std::bad_alloc();
  reader_->fn = bounded(reader_->fn);
}

bool ReplyReader::feed(const char* bytes, std::size_t size) {
  if (reader_->len - reader_->pos + size > unread_bytes_max) return false;
  return redisReaderFeed(reader_.get(), bytes, size) == REDIS_OK;
}

ReplyPtr ReplyReader::next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) return nullptr;
  return ReplyPtr(static_cast<redisReply*>(reply));
}

}  // namespace fieldcast::bus::redis
