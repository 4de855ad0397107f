#include "context.hpp"

#include <algorithm>
#include <openssl/rand.h>
#include <stdexcept>

namespace fieldcast::api {

std::string random_bytes() {
  std::string bytes(16, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("the system's random generator failed");
  }
  return bytes;
}

std::string session_name() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name;
  for (const char byte : random_bytes().substr(0, 7)) {
    name += digits[static_cast<unsigned char>(byte) >> 4];
    name += digits[static_cast<unsigned char>(byte) & 15];
  }
  return name;
}

Context::Context(hub::Hub& hub_, const Settings& settings_, Process& process_, access::VerifierPtr verifier_)
    : hub(hub_),
      settings(settings_),
      process(process_),
      verifier(std::move(verifier_)),
      tickets(settings_.ticket_valid) {
  if (!settings.web_root.empty()) files = std::make_unique<transport::StaticFiles>(settings.web_root);
}

void Context::complete(access::ClaimsPtr claims, std::function<void(access::ClaimsPtr)> done) {
  if (!claims->teams_from_store) return done(std::move(claims));
  const auto look_up = [claims](store::Reader& reader) { return reader.teams_of(claims->org, claims->user); };
  const auto fill = [claims, done](Result<std::vector<TeamId>> teams) {
    if (!teams) return done(nullptr);
    auto filled = std::make_shared<access::Claims>(*claims);
    filled->teams = std::move(*teams);
    done(std::move(filled));
  };
  if (!read(look_up, fill)) done(nullptr);
}

// Where instances share a bus it keeps the ticket, so that any of them can redeem it; without one, or while it is
// away, the office does.
void Context::issue_ticket(access::ClaimsPtr claims, std::function<void(std::string)> done) {
  bus::Bus& bus = *hub.wiring().bus;
  if (!bus.shared()) return issue_here(std::move(claims), std::move(done));
  const std::string ticket = session_name() + session_name();
  const auto kept = [this, claims, ticket, done = std::move(done)](bool everywhere) {
    hub.loop().post([this, claims, ticket, done, everywhere] { everywhere ? done(ticket) : issue_here(claims, done); });
  };
  bus.keep_once(ticket, access::claims_text(*claims), settings.ticket_valid, kept);
}

void Context::issue_here(access::ClaimsPtr claims, std::function<void(std::string)> done) {
  Context& office = *ticket_office;
  office.hub.loop().post([this, &office, claims = std::move(claims), done = std::move(done)] {
    std::string ticket = office.tickets.issue(claims, random_bytes(), read_clock().wall);
    hub.loop().post([ticket = std::move(ticket), done] { done(ticket); });
  });
}

void Context::redeem_ticket(std::string ticket, std::function<void(access::ClaimsPtr)> done) {
  Context& office = *ticket_office;
  office.hub.loop().post([this, &office, ticket = std::move(ticket), done = std::move(done)] {
    const auto answer = [this, done](access::ClaimsPtr claims) {
      hub.loop().post([claims = std::move(claims), done] { done(claims); });
    };
    bus::Bus& bus = *hub.wiring().bus;
    access::ClaimsPtr claims = office.tickets.redeem(ticket, read_clock().wall);
    if (claims || !bus.shared()) return answer(std::move(claims));
    bus.take_once(ticket, [answer](std::optional<std::string> text) {
      answer(text ? access::claims_from_text(*text) : nullptr);
    });
  });
}

bool sees_all_teams(const access::Claims& claims) {
  return claims.all_teams && (claims.role == access::Role::manager || claims.role == access::Role::admin);
}

std::vector<TeamId> Context::visible_teams(const access::Claims& claims) {
  if (sees_all_teams(claims)) return directory().teams(claims.org);
  std::vector<TeamId> teams;
  for (const TeamId& team : claims.teams) {
    if (access::may_see(claims, TeamKey{claims.org, team})) teams.push_back(team);
  }
  std::sort(teams.begin(), teams.end());
  teams.erase(std::unique(teams.begin(), teams.end()), teams.end());
  return teams;
}

}  // namespace fieldcast::api
