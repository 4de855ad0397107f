#include "contract/bus_contract.hpp"

#include <thread>

namespace fieldcast::bus::contract {

TeamKey make_team(const char* team, const char* org) { return {OrgId(org), TeamId(team)}; }

AgentIdentityPtr make_agent(const std::string& agent, const TeamKey& team) {
  return std::make_shared<const AgentIdentity>(AgentIdentity{team.org, team.team, AgentId(agent), "Asha " + agent});
}

AgentPosition make_position(const AgentIdentityPtr& agent, Timestamp recorded_at, Coordinates at) {
  AgentPosition made{agent, {}};
  made.position.fix.at = at;
  made.position.fix.recorded_at = recorded_at;
  made.position.received_at = recorded_at + seconds{1};
  return made;
}

PublicationPtr make_publication(const TeamKey& team, std::int64_t number) {
  return std::make_shared<const Publication>(
      Publication{team, {make_position(make_agent(std::to_string(number), team), from_unix_ms(number))}});
}

Listener Heard::listener() {
  const auto keep = [this](auto change) {
    return [this, change](const auto&... told) {
      const std::lock_guard lock(mutex_);
      change(told...);
      changed_.notify_all();
    };
  };
  return {.received = keep([this](const PublicationPtr& publication) {
            publications_.push_back(publication);
            positions_ += publication->positions.size();
          }),
          .heal = keep([this](const TeamKey& team, bool) { ++heals_[team]; }),
          .registered = keep([this](const AgentIdentityPtr& agent) { registered_.push_back(agent); }),
          .replaced = keep([this](const SeatTaken& seat) { replaced_.push_back(seat); }),
          .reconnected = keep([this] { ++reconnected_; })};
}

template <class Condition>
void Heard::wait(const char* what, Condition condition) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, seconds{20}, condition))
      << "waited for " << what << "; heard " << positions_ << " positions, " << heals_.size() << " teams healed, "
      << registered_.size() << " registrations, " << replaced_.size() << " seats";
}

std::vector<std::int64_t> Heard::wait_for(std::size_t count) {
  wait("positions", [&] { return positions_ >= count; });
  const std::lock_guard lock(mutex_);
  std::vector<std::int64_t> numbers;
  for (const PublicationPtr& publication : publications_)
    for (const AgentPosition& each : publication->positions)
      numbers.push_back(to_unix_ms(each.position.fix.recorded_at));
  return numbers;
}

std::vector<std::int64_t> Heard::numbers_of(const TeamKey& team) {
  const std::lock_guard lock(mutex_);
  std::vector<std::int64_t> numbers;
  for (const PublicationPtr& publication : publications_)
    if (publication->team == team)
      for (const AgentPosition& each : publication->positions)
        numbers.push_back(to_unix_ms(each.position.fix.recorded_at));
  return numbers;
}

std::size_t Heard::heals(const TeamKey& team) {
  const std::lock_guard lock(mutex_);
  return heals_[team];
}

void Heard::wait_for_heal(const TeamKey& team, std::size_t before) {
  wait("a heal", [&] { return heals_[team] > before; });
}

std::vector<AgentIdentityPtr> Heard::wait_for_registered(std::size_t count) {
  wait("registrations", [&] { return registered_.size() >= count; });
  const std::lock_guard lock(mutex_);
  return registered_;
}

std::vector<SeatTaken> Heard::wait_for_replaced(std::size_t count) {
  wait("seats", [&] { return replaced_.size() >= count; });
  return replaced();
}

std::vector<SeatTaken> Heard::replaced() {
  const std::lock_guard lock(mutex_);
  return replaced_;
}

void Heard::wait_for_reconnected(std::size_t before) {
  wait("reconnected", [&] { return reconnected_ > before; });
}

std::size_t Heard::reconnected() {
  const std::lock_guard lock(mutex_);
  return reconnected_;
}

Cached cached(Bus& bus, const TeamKey& team) {
  Awaited<Cached> answer;
  bus.cached(team, answer.callback());
  return answer.get();
}

Cached cached_until(Bus& bus, const TeamKey& team,
                    const std::function<bool(const std::vector<CachedPosition>&)>& pleases) {
  Cached last;
  eventually([&] {
    last = cached(bus, team);
    return last && pleases(*last);
  });
  return last;
}

bool keep_once(Bus& bus, const std::string& name, const std::string& value, seconds valid_for) {
  Awaited<bool> answer;
  bus.keep_once(name, value, valid_for, answer.callback());
  return answer.get();
}

std::optional<std::string> take_once(Bus& bus, const std::string& name) {
  Awaited<std::optional<std::string>> answer;
  bus.take_once(name, answer.callback());
  return answer.get();
}

bool eventually(const std::function<bool()>& condition, seconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds{5});
  }
  return true;
}

std::unique_ptr<Bus> BusContract::join(Listener listener) {
  auto bus = network_->join(std::move(listener));
  EXPECT_TRUE(eventually([&] { return bus->healthy(); })) << bus->last_failure();
  return bus;
}

void BusContract::subscribe(Bus& bus, Heard& heard, const TeamKey& team) {
  const std::size_t before = heard.heals(team);
  bus.subscribe(team);
  if (bus.shared()) heard.wait_for_heal(team, before);
}

}  // namespace fieldcast::bus::contract
