#include "registry.hpp"

#include "homes.hpp"
#include "intake.hpp"

namespace fieldcast::hub {

Hub::Registry::Registry(Hub& hub) : hub_(hub), timer_(hub.loop().context()) {}

Result<std::size_t> Hub::Registry::restore(store::Reader& reader, Timestamp now) {
  Wiring& wiring = hub_.wiring_;
  std::size_t restored = 0;
  const auto registered = [&](const AgentIdentityPtr& agent, const std::optional<Position>& position) {
    wiring.directory->put(*agent, store::Directory::Source::store);
    if (!position) return;
    wiring.hubs[wiring.home_of(agent->team_key())]->homes_->restore(agent, *position, now);
    ++restored;
  };
  const auto erased = [&](std::span<const store::Erasure> erasures) { wiring.directory->forget(erasures); };
  const auto read = registry_.read(reader, read_clock().steady, {erased, registered});
  if (!read) return read.error();
  return restored;
}

void Hub::Registry::arm() {
  timer_.expires_after(store::registry_read_every);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    read();
    arm();
  });
}

void Hub::Registry::read_anew() {
  anew_ = true;
  read();
}

void Hub::Registry::read() {
  if (std::exchange(reading_, true)) return;
  const bool anew = std::exchange(anew_, false);
  const auto ended = [this, anew](bool done) {
    reading_ = false;
    anew_ = anew_ || (anew && !done);
  };
  const bool taken = hub_.wiring_.store->read([this, anew, ended](store::Reader& reader) {
    if (anew) registry_.begin_anew();
    const bool done = read_changes(reader).has_value();
    hub_.loop().post([ended, done] { ended(done); });
  });
  if (!taken) ended(false);
}

Result<void> Hub::Registry::read_changes(store::Reader& reader) {
  for (const AgentIdentityPtr& agent : std::exchange(forgotten_, {}))
    if (!hub_.wiring_.directory->find(agent->key())) forget(agent);
  const auto erased = [this](std::span<const store::Erasure> erasures) {
    forgotten_ = hub_.wiring_.directory->forget(erasures);
    for (const AgentIdentityPtr& agent : forgotten_) forget(agent);
  };
  const auto registered = [this](const AgentIdentityPtr& agent, const std::optional<Position>& position) {
    take(agent, position);
  };
  return registry_.read(reader, read_clock().steady, {erased, registered});
}

void Hub::Registry::forget(const AgentIdentityPtr& agent) {
  Hub& home = *hub_.wiring_.hubs[hub_.wiring_.home_of(agent->team_key())];
  home.loop().post([&home, agent] { home.homes_->remove_agent(agent->team_key(), agent->agent); });
  hub_.wiring_.bus->forget(agent);
}

/// Of whom something was heard since, the position here is as new.
void Hub::Registry::take(const AgentIdentityPtr& agent, const std::optional<Position>& position) {
  const auto taken = Intake::take_registration(hub_.wiring_, *agent, store::Directory::Source::store);
  const bool fresh = taken.changed && !taken.before;
  if (!fresh || !position) return;
  Hub& home = *hub_.wiring_.hubs[hub_.wiring_.home_of(taken.agent->team_key())];
  home.loop().post(
      [&home, stored = AgentPosition{taken.agent, *position}] { home.homes_->take_stored(stored, read_clock()); });
}

}  // namespace fieldcast::hub
