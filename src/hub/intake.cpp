#include "intake.hpp"

#include "homes.hpp"

namespace fieldcast::hub {

Hub::Intake::Intake(Hub& hub) : hub_(hub), settings_(hub.wiring_.settings) {}

AgentIdentityPtr Hub::Intake::put(const AgentIdentity& agent) {
  const auto registered = hub_.wiring_.directory->put(agent);
  if (registered.changed) hub_.wiring_.bus->announce(registered.agent, registered.before);
  leave_former_team(hub_.wiring_, registered);
  return registered.agent;
}

store::Directory::Registered Hub::Intake::take_registration(Wiring& wiring, const AgentIdentity& agent,
                                                            store::Directory::Source source) {
  const auto registered = wiring.directory->put(agent, source);
  leave_former_team(wiring, registered);
  if (!registered.before) return registered;
  // What came of it under its new team, while it was thought to be of the former, was passed over.
  Hub& home = *wiring.hubs[wiring.home_of(registered.agent->team_key())];
  home.loop().post([&home, team = registered.agent->team_key()] { home.homes_->heal(team, false); });
  return registered;
}

void Hub::Intake::leave_former_team(Wiring& wiring, const store::Directory::Registered& registered) {
  if (!registered.before || registered.before->team == registered.agent->team) return;
  Hub& home = *wiring.hubs[wiring.home_of(registered.before->team_key())];
  home.loop().post(
      [&home, before = registered.before] { home.homes_->remove_agent(before->team_key(), before->agent); });
}

AgentIdentityPtr Hub::Intake::register_agent(const access::Claims& claims) {
  AgentIdentity agent{claims.org, claims.team, AgentId(claims.user.str()), claims.name};
  const AgentIdentityPtr known = hub_.wiring_.directory->find(agent.key());
  if (agent.team.empty()) agent.team = known ? known->team : TeamId("default");
  if (known && known->team == agent.team && (agent.name.empty() || known->name == agent.name)) return known;
  return put(agent);
}

// Another connection may have moved the agent to another team since this one signed in. One that was erased since is
// registered again: its token is good.
AgentIdentityPtr Hub::Intake::as_known_now(const AgentIdentityPtr& self) {
  const AgentIdentityPtr known = hub_.wiring_.directory->find(self->key());
  return known ? known : put(*self);
}

AgentIdentityPtr Hub::Intake::gateway_itself(const access::Claims& claims) const {
  const TeamId team = !claims.team.empty()   ? claims.team
                      : claims.teams.empty() ? TeamId("default")
                                             : claims.teams.front();
  return std::make_shared<const AgentIdentity>(
      AgentIdentity{claims.org, team, AgentId(claims.user.str()), claims.name});
}

Hub::Intake::Attribution Hub::Intake::attribute(const access::Claims& claims, const AgentIdentityPtr& self,
                                                const codec::DecodedFix& fix, const Outcome* problem) {
  if (claims.role == access::Role::agent) {
    const bool own = fix.agent.empty() || fix.agent == self->agent.str();
    return {self, own ? nullptr : &outcome::agent_not_permitted};
  }
  if (fix.agent.empty()) return {self, &outcome::agent_missing};
  if (!is_valid_id(fix.agent)) return {self, &outcome::agent_not_permitted};
  AgentIdentity agent{claims.org, TeamId(fix.team), AgentId(fix.agent), {}};
  const AgentIdentityPtr known = hub_.wiring_.directory->find(agent.key());
  if (agent.team.empty()) agent.team = known ? known->team : self->team;
  const bool permitted = is_valid_id(agent.team.str()) && access::may_report_for(claims, agent.key(), agent.team) &&
                         (!known || access::may_report_for(claims, agent.key(), known->team));
  if (!permitted) return {self, &outcome::agent_not_permitted};
  if (problem != nullptr) return {known ? known : self, nullptr};  // a bad record registers and moves nobody
  return {known && known->team == agent.team ? known : put(agent), nullptr};
}

void Hub::Intake::judge(const access::Claims& claims, const AgentIdentityPtr& self, codec::FixBatch& batch, Now now,
                        store::WriteRequest& request, SubmitAnswer& answer) {
  request.positions.reserve(batch.fixes.size());
  for (std::uint32_t index = 0; index < batch.fixes.size(); ++index) {
    codec::DecodedFix& decoded = batch.fixes[index];
    const Outcome* verdict = decoded.problem;
    if (verdict == nullptr) verdict = ingest::judge(decoded.fix, settings_.ingest, now.wall);
    Attribution of = attribute(claims, self, decoded, verdict);
    const Outcome* problem = of.problem != nullptr ? of.problem : verdict;
    if (problem == nullptr) {
      request.positions.push_back({std::move(of.agent), {std::move(decoded.fix), now.wall}});
      continue;
    }
    answer.quarantined.push_back({index, problem});
    hub_.wiring_.metrics->quarantined(problem->code);
    std::string record = decoded.record.empty() ? std::string(decoded.source) : std::move(decoded.record);
    if (record.size() > settings_.record_bytes_max) record.resize(settings_.record_bytes_max);
    request.quarantined.push_back({std::move(of.agent), std::string(problem->code), std::move(record), now.wall});
  }
}

void Hub::Intake::submit(const access::ClaimsPtr& claims, const AgentIdentityPtr& self, codec::FixBatch& batch, Now now,
                         Answered answered) {
  const AgentIdentityPtr reporter = self ? as_known_now(self) : gateway_itself(*claims);
  store::WriteRequest request;
  SubmitAnswer answer;
  judge(*claims, reporter, batch, now, request, answer);
  metrics::ShardMetrics& metrics = hub_.metrics();
  publish(request.positions, now.steady);
  if (request.positions.empty() && request.quarantined.empty()) return answered(answer);
  const std::size_t fixes = request.positions.size() + request.quarantined.size();
  request.shard = static_cast<std::uint32_t>(hub_.shard_);
  request.request = next_request_++;
  const std::uint64_t number = request.request;
  if (!hub_.wiring_.store->submit(std::move(request))) {
    metrics::count(metrics.fixes_refused, fixes);
    SubmitAnswer refused;
    refused.failure = &outcome::store_unavailable;
    return answered(refused);
  }
  pending_.emplace(number, Pending{std::move(answered), std::move(answer), now.steady});
}

void Hub::Intake::publish(const std::vector<AgentPosition>& positions, SteadyTime decoded_at) {
  // One publication per run of the same team: a phone's batch is one, a gateway's may be several.
  for (auto first = positions.begin(); first != positions.end();) {
    const auto same_team = [&first](const AgentPosition& each) {
      return each.agent == first->agent || each.agent->team_key() == first->agent->team_key();
    };
    const auto last = std::find_if_not(first, positions.end(), same_team);
    auto publication = std::make_shared<bus::Publication>();
    publication->team = first->agent->team_key();
    publication->positions.assign(first, last);
    hub_.wiring_.bus->publish(publication);
    const std::size_t home = hub_.wiring_.home_of(publication->team);
    Hub& there = *hub_.wiring_.hubs[home];
    if (home == hub_.shard_) {
      there.take_live(publication, decoded_at);
    } else {
      there.loop().post(
          [&there, publication = std::move(publication), decoded_at] { there.take_live(publication, decoded_at); });
    }
    first = last;
  }
}

void Hub::Intake::committed(const std::vector<store::WriteResult>& results) {
  metrics::ShardMetrics& metrics = hub_.metrics();
  const SteadyTime now = read_clock().steady;
  for (const store::WriteResult& result : results) {
    auto found = pending_.extract(result.request);
    if (found.empty()) continue;
    Pending& pending = found.mapped();
    SubmitAnswer& answer = pending.answer;
    if (result.committed) {
      answer.accepted = result.accepted;
      answer.duplicates = result.duplicates;
      metrics::count(metrics.fixes_accepted, result.accepted);
      metrics::count(metrics.fixes_duplicate, result.duplicates);
      metrics::count(metrics.fixes_thinned, result.thinned);
      metrics::count(metrics.fixes_quarantined, answer.quarantined.size());
      metrics.ingest_to_ack.observe(now - pending.decoded_at);
    } else {
      answer.failure = &outcome::store_unavailable;
      answer.quarantined.clear();
    }
    pending.answered(answer);
  }
}

}  // namespace fieldcast::hub
