#include "fieldcast/hub/hub.hpp"

#include "homes.hpp"
#include "intake.hpp"
#include "mirrors.hpp"

namespace fieldcast::hub {

namespace {
constexpr seconds registrations_retry{5};
}  // namespace

Hub::Hub(Wiring& wiring, std::size_t shard)
    : wiring_(wiring),
      shard_(shard),
      homes_(std::make_unique<Homes>(*this)),
      mirrors_(std::make_unique<Mirrors>(*this)),
      intake_(std::make_unique<Intake>(*this)),
      registrations_timer_(loop().context()) {}

Hub::~Hub() = default;

void Hub::start() { homes_->start(); }

void Hub::stop() {
  registrations_timer_.cancel();
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
    first.loop().post([&first] { first.read_registrations(); });
  };
  return listener;
}

// Who was registered elsewhere, or went to another team, while this instance could not hear of it. Until it succeeds.
void Hub::read_registrations() {
  if (std::exchange(reading_registrations_, true)) return;
  const auto read = [this](store::Reader& reader) {
    const auto visit = [this](const AgentIdentityPtr& agent, const std::optional<Position>&) {
      Intake::take_registration(wiring_, *agent, store::Directory::Source::store);
    };
    const bool done = reader.agents(std::nullopt, visit).has_value();
    loop().post([this, done] { registrations_read(done); });
  };
  if (!wiring_.store->read(read)) registrations_read(false);
}

void Hub::registrations_read(bool done) {
  reading_registrations_ = false;
  if (done) return;
  registrations_timer_.expires_after(registrations_retry);
  registrations_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) read_registrations();
  });
}

const TeamHome* Hub::find_home(const TeamKey& team) const { return homes_->find(team); }

}  // namespace fieldcast::hub
