// Which server owns which slot: the one of the URL, the master that Sentinels name, or the masters of a Cluster.
// Asks one server after the other until one knows.
#pragma once

#include "fieldcast/bus/redis_keys.hpp"
#include "link.hpp"

namespace fieldcast::bus::redis {

struct SlotTable {
  std::vector<Address> nodes;
  static constexpr std::uint16_t nobody = 0xffff;
  std::vector<std::uint16_t> owner = std::vector<std::uint16_t>(cluster_slots, 0);  // index of nodes, or nobody
};

/// CLUSTER SLOTS as a table; nothing when it is not one. A host that is left out is that of whom we asked.
std::optional<SlotTable> table_of(const redisReply& reply, const Address& asked);

/// Threads: the context's. One run at a time.
class Discovery {
 public:
  using Found = std::function<void(Result<SlotTable>)>;
  Discovery(const Surroundings& around, RedisUrl url) : around_(around), url_(std::move(url)) {}

  /// Asks `first` before the servers of the URL (a Cluster's nodes move).
  void run(std::vector<Address> first, Found found);
  bool running() const { return static_cast<bool>(found_); }

 private:
  void ask_next(std::string last_failure);
  void ask();
  void ask_sentinel(bool may_sign_in);
  void take_master(const redisReply& reply, bool may_sign_in);
  void ask_cluster();
  void finish(Result<SlotTable> result);

  const Surroundings around_;
  const RedisUrl url_;
  std::deque<Address> candidates_;
  std::shared_ptr<Link> link_;
  std::shared_ptr<boost::asio::steady_timer> timer_;
  Found found_;
};

}  // namespace fieldcast::bus::redis
