// What is asked of Redis and answered to a caller: the live cache of a team, and values that are taken once.
// Every question is answered once, within 2 s, with nothing when Redis cannot be asked.
//
// Threads: the context's. Limits: 256 reads of the cache and 1,024 other questions at a time; beyond, nothing.
#pragma once

#include "fieldcast/bus/bus.hpp"
#include "nodes.hpp"

namespace fieldcast::bus::redis {

class Questions {
 public:
  using CachedAnswer = Bus::Answer<std::vector<CachedPosition>>;
  struct Near {
    Coordinates at;
    double radius_m;
    std::size_t limit;
    std::vector<AgentId> also;
  };
  Questions(boost::asio::io_context& io, Nodes& nodes, std::string prefix, seconds cache_valid)
      : io_(io), nodes_(nodes), prefix_(std::move(prefix)), cache_valid_(cache_valid) {}

  void cached(const TeamKey& team, CachedAnswer answer);
  void cached_near(const TeamKey& team, Near near, CachedAnswer answer);
  void keep_once(const std::string& name, const std::string& value, seconds valid_for,
                 std::function<void(bool)> answer);
  void take_once(const std::string& name, Bus::Answer<std::string> answer);

 private:
  /// Shared with the questions: commands that hold one can outlive all of this in the context.
  using Count = std::shared_ptr<std::size_t>;
  template <class T>
  struct Question;
  struct Read;
  using ReadPtr = std::shared_ptr<Read>;

  template <class T>
  std::shared_ptr<Question<T>> ask(const Count& open, std::size_t most, Bus::Answer<T> answer);
  void take_seen(const ReadPtr& read, const redisReply& reply);
  void search(const ReadPtr& read, Coordinates centre);
  void take_found(const ReadPtr& read);
  void read_values(const ReadPtr& read);
  void take_values(const ReadPtr& read, std::size_t first, const redisReply& reply);
  void finish(const ReadPtr& read);

  boost::asio::io_context& io_;
  Nodes& nodes_;
  const std::string prefix_;
  const seconds cache_valid_;
  const Count reads_ = std::make_shared<std::size_t>(0), others_ = std::make_shared<std::size_t>(0);
};

}  // namespace fieldcast::bus::redis
