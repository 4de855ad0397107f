#include "discovery.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>

namespace fieldcast::bus::redis {
namespace {

std::optional<Address> address_of(const redisReply& node, const Address& asked) {
  const auto fields = elements_of(node);
  if (fields.size() < 2 || fields[1]->type != REDIS_REPLY_INTEGER) return std::nullopt;
  Address address = asked;
  const bool named = is_text(*fields[0]) && !text_of(*fields[0]).empty() && text_of(*fields[0]) != "?";
  if (named) address.host = text_of(*fields[0]);
  if (fields[1]->integer <= 0 || fields[1]->integer > 65'535) return std::nullopt;
  address.port = static_cast<std::uint16_t>(fields[1]->integer);
  return address;
}

std::uint16_t index_of(const Address& address, std::vector<Address>& nodes) {
  const auto found = std::find(nodes.begin(), nodes.end(), address);
  const auto index = static_cast<std::uint16_t>(found - nodes.begin());
  if (found == nodes.end()) nodes.push_back(address);
  return index;
}

}  // namespace

std::optional<SlotTable> table_of(const redisReply& reply, const Address& asked) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements == 0) return std::nullopt;
  SlotTable table;
  std::fill(table.owner.begin(), table.owner.end(), SlotTable::nobody);
  for (const redisReply* range : elements_of(reply)) {
    const auto fields = elements_of(*range);
    if (fields.size() < 3 || fields[0]->type != REDIS_REPLY_INTEGER || fields[1]->type != REDIS_REPLY_INTEGER)
      return std::nullopt;
    const auto first = fields[0]->integer, last = fields[1]->integer;
    const auto master = address_of(*fields[2], asked);
    if (first < 0 || last >= cluster_slots || first > last || !master) return std::nullopt;
    const auto index = index_of(*master, table.nodes);
    std::fill(table.owner.begin() + first, table.owner.begin() + last + 1, index);
  }
  return table;
}

void Discovery::run(std::vector<Address> first, Found found) {
  found_ = std::move(found);
  if (url_.kind == RedisUrl::Kind::single) {
    SlotTable table;
    table.nodes = url_.addresses;
    return finish(std::move(table));
  }
  candidates_.assign(first.begin(), first.end());
  for (const Address& address : url_.addresses)
    if (std::find(first.begin(), first.end(), address) == first.end()) candidates_.push_back(address);
  ask_next("nobody to ask");
}

void Discovery::ask_next(std::string last_failure) {
  if (link_) link_->close();
  if (timer_) timer_->cancel();
  if (candidates_.empty()) return finish(Error{"bus_unavailable", std::move(last_failure)});
  // A Sentinel has its own users, most often none: it is asked before it is told who we are.
  auto greetings = url_.kind == RedisUrl::Kind::sentinel ? std::vector<Greeting>{} : greetings_of(url_);
  link_ = std::make_shared<Link>(
      around_, candidates_.front(), std::move(greetings),
      Link::Events{.ready = [this] { ask(); }, .lost = [this](const std::string& why) { ask_next(why); }});
  candidates_.pop_front();
  timer_ = std::make_shared<boost::asio::steady_timer>(around_.io, 2 * around_.connect_within);
  timer_->async_wait([link = link_, timer = timer_](boost::system::error_code cancelled) {
    if (!cancelled) link->lose("no answer in time");
  });
  link_->open();
}

void Discovery::ask() {
  if (url_.kind == RedisUrl::Kind::sentinel) {
    ask_sentinel(true);
  } else {
    ask_cluster();
  }
}

void Discovery::ask_sentinel(bool may_sign_in) {
  link_->send(command({"SENTINEL", "get-master-addr-by-name", url_.master}),
              [this, may_sign_in](const redisReply* reply) {
                if (reply != nullptr) take_master(*reply, may_sign_in);
              });
}

void Discovery::take_master(const redisReply& reply, bool may_sign_in) {
  const std::string sentinel = "Sentinel " + to_string(link_->at());
  if (is_error(reply, "NOAUTH") && may_sign_in && !url_.password.empty()) {
    link_->send(greetings_of(url_).front().command, [](const redisReply*) {});
    return ask_sentinel(false);
  }
  const auto fields = elements_of(reply);
  if (fields.size() != 2 || !is_text(*fields[0]) || !is_text(*fields[1]))
    return ask_next(sentinel + (is_error(reply) ? " does not answer" : " knows no such master"));
  unsigned port = 0;
  const auto text = text_of(*fields[1]);
  std::from_chars(text.data(), text.data() + text.size(), port);
  if (port == 0 || port > 65'535) return ask_next(sentinel + " names no port");
  SlotTable table;
  table.nodes.push_back({std::string(text_of(*fields[0])), static_cast<std::uint16_t>(port)});
  finish(std::move(table));
}

void Discovery::ask_cluster() {
  link_->send(command({"CLUSTER", "SLOTS"}), [this](const redisReply* reply) {
    if (reply == nullptr) return;
    auto table = table_of(*reply, link_->at());
    if (!table) return ask_next(to_string(link_->at()) + ": it is no member of a Redis Cluster that has slots");
    finish(std::move(*table));
  });
}

void Discovery::finish(Result<SlotTable> result) {
  if (link_) link_->close();
  if (timer_) timer_->cancel();
  link_.reset();
  timer_.reset();
  boost::asio::post(around_.io, [found = std::exchange(found_, nullptr), result = std::move(result)]() mutable {
    found(std::move(result));
  });
}

}  // namespace fieldcast::bus::redis
