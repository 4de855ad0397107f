#include "fieldcast/hub/hub.hpp"

#include "homes.hpp"
#include "intake.hpp"
#include "mirrors.hpp"

namespace fieldcast::hub {

Hub::Hub(Wiring& wiring, std::size_t shard)
    : wiring_(wiring),
      shard_(shard),
      homes_(std::make_unique<Homes>(*this)),
      mirrors_(std::make_unique<Mirrors>(*this)),
      intake_(std::make_unique<Intake>(*this)) {}

Hub::~Hub() = default;

void Hub::start() { homes_->start(); }

void Hub::stop() {
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

void Hub::restore(const AgentIdentityPtr& agent, const Position& position, Timestamp now) {
  homes_->restore(agent, position, now);
}

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
  listener.heal = [&wiring](const TeamKey& team) {
    Hub& home = *wiring.hubs[wiring.home_of(team)];
    home.loop().post([&home, team] { home.homes_->heal(team); });
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
    read_registrations(wiring);
  };
  return listener;
}

// Who was registered elsewhere, or went to another team, while this instance could not hear of it.
void Hub::read_registrations(Wiring& wiring) {
  const auto read = [&wiring](store::Reader& reader) {
    (void)reader.agents(std::nullopt, [&wiring](const AgentIdentityPtr& agent, const std::optional<Position>&) {
      Intake::take_registration(wiring, *agent, store::Directory::Source::store);
    });
  };
  // When too many wait, the next agent that is heard registers itself.
  (void)wiring.store->read(read);
}

const TeamHome* Hub::find_home(const TeamKey& team) const { return homes_->find(team); }

}  // namespace fieldcast::hub
