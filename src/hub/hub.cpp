#include "fieldcast/hub/hub.hpp"

#include "homes.hpp"
#include "intake.hpp"
#include "mirrors.hpp"
#include "registry.hpp"

namespace fieldcast::hub {

Hub::Hub(Wiring& wiring, std::size_t shard)
    : wiring_(wiring),
      shard_(shard),
      homes_(std::make_unique<Homes>(*this)),
      mirrors_(std::make_unique<Mirrors>(*this)),
      intake_(std::make_unique<Intake>(*this)),
      registry_(std::make_unique<Registry>(*this)) {}

Hub::~Hub() = default;

void Hub::start() {
  homes_->start();
  if (shard_ == 0) registry_->start();
}

void Hub::stop() {
  registry_->stop();
  homes_->stop();
  mirrors_->stop();
}

ClientId Hub::join(Client& client, access::ClaimsPtr claims, Seat seat) {
  return mirrors_->join(client, std::move(claims), seat);
}
void Hub::renew(ClientId client, access::ClaimsPtr claims) { mirrors_->renew(client, std::move(claims)); }
void Hub::leave(ClientId client) { mirrors_->leave(client); }
void Hub::writable(ClientId client) { mirrors_->writable(client); }
void Hub::subscribe(ClientId client, const codec::Subscribe& request) { mirrors_->subscribe(client, request); }
void Hub::set_view(ClientId client, const codec::View& request) { mirrors_->set_view(client, request); }
void Hub::unsubscribe(ClientId client, const codec::Unsubscribe& request) { mirrors_->unsubscribe(client, request); }

AgentIdentityPtr Hub::register_agent(const access::Claims& claims) { return intake_->register_agent(claims); }

void Hub::submit(const access::ClaimsPtr& claims, const AgentIdentityPtr& self, codec::FixBatch& batch, Now now,
                 Answered answered) {
  intake_->submit(claims, self, batch, now, std::move(answered));
}

Result<std::size_t> Hub::restore(store::Reader& reader, Timestamp now) { return registry_->restore(reader, now); }

void Hub::committed(const std::vector<store::WriteResult>& results) { intake_->committed(results); }

void Hub::take_live(const bus::PublicationPtr& publication, SteadyTime decoded_at) {
  homes_->take_live(*publication, decoded_at, read_clock());
}

void Hub::when_current(const TeamKey& team, const std::optional<Circle>& near, std::function<void()> then) {
  return near ? homes_->when_current_near(team, *near, std::move(then)) : homes_->when_current(team, std::move(then));
}

bus::Listener Hub::listener(Wiring& wiring) {
  bus::Listener listener;
  listener.received = [&wiring](bus::PublicationPtr publication) {
    Hub& home = *wiring.hubs[wiring.home_of(publication->team)];
    const SteadyTime arrived_at = read_clock().steady;
    home.loop().post([&home, publication = std::move(publication), arrived_at] {
      home.homes_->take_shared(*publication, arrived_at, read_clock());
    });
  };
  listener.heal = [&wiring](const TeamKey& team, bool cache_may_be_new) {
    Hub& home = *wiring.hubs[wiring.home_of(team)];
    home.loop().post([&home, team, cache_may_be_new] { home.homes_->heal(team, cache_may_be_new); });
  };
  listener.registered = [&wiring](const AgentIdentityPtr& agent) {
    Intake::take_registration(wiring, *agent, store::Directory::Source::other_instance);
  };
  listener.replaced = [&wiring](const bus::SeatTaken& taken) {
    Hub& keeper = wiring.seat_keeper_of(taken.agent);
    keeper.loop().post([&keeper, taken] { keeper.homes_->seat_taken_elsewhere(taken); });
  };
  listener.reconnected = [&wiring] {
    for (Hub* hub : wiring.hubs) hub->loop().post([hub] { hub->homes_->distrust_cache(); });
    Hub& first = *wiring.hubs.front();
    first.loop().post([&first] { first.registry_->read_anew(); });
  };
  return listener;
}

const TeamHome* Hub::find_home(const TeamKey& team) const { return homes_->find(team); }

}  // namespace fieldcast::hub
