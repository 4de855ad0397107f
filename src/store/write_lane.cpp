#include "write_lane.hpp"

#include <algorithm>
#include <map>
#include <pthread.h>

namespace fieldcast::store {

WriteLane::WriteLane(const LaneSurroundings& surroundings, std::unique_ptr<Writer> writer, std::size_t queue_fixes_max,
                     std::string name)
    : surroundings_(surroundings), requests_(queue_fixes_max) {
  thread_ = std::thread([this, name = std::move(name), opened = std::move(writer)]() mutable {
    ::pthread_setname_np(::pthread_self(), name.c_str());
    write(std::move(opened));
  });
}

WriteLane::~WriteLane() { close(); }

bool WriteLane::submit(WriteRequest&& request) {
  std::size_t room = requests_.weight_max();
  if (gate_.failing()) {
    const auto phase = gate_.phase(std::chrono::steady_clock::now());
    if (phase == TrialGate::Phase::closed) return false;
    if (phase == TrialGate::Phase::trial) room = std::min(room, surroundings_.settings.flush_fixes);
  }
  return requests_.push(std::move(request), room);
}

void WriteLane::close() {
  requests_.close();
  if (thread_.joinable()) thread_.join();
}

void WriteLane::write(std::unique_ptr<Writer> opened) {
  GroupWriter writer(surroundings_.engine, std::move(opened), surroundings_.observer,
                     surroundings_.settings.halving_max);
  for (;;) {
    // Without requests a failing lane tries by itself: it would say that it fails until the next one comes.
    const auto idle_max = gate_.failing() ? std::optional(gate_.backoff()) : std::nullopt;
    const auto group = requests_.take(surroundings_.settings.flush_after, surroundings_.settings.flush_fixes, idle_max);
    if (!group) return;
    if (group->empty()) {
      writer.works() ? gate_.succeeded() : gate_.failed(std::chrono::steady_clock::now());
      continue;
    }
    auto outcome = writer.commit(*group);
    if (outcome.last_error) surroundings_.remember(*outcome.last_error);
    if (!outcome.failure) {
      gate_.succeeded();
      deliver_by_shard(outcome.results);
      continue;
    }
    // First close the gate, then answer: who asks again at once is refused by submit.
    gate_.failed(std::chrono::steady_clock::now());
    deliver_by_shard(outcome.results);
    deliver_by_shard(refusals_of(requests_.take_all()));
  }
}

void WriteLane::deliver_by_shard(const std::vector<WriteResult>& results) const {
  std::map<std::uint32_t, std::vector<WriteResult>> by_shard;
  for (const WriteResult& result : results) by_shard[result.shard].push_back(result);
  for (auto& [shard, of_shard] : by_shard) surroundings_.deliver(shard, std::move(of_shard));
}

std::size_t lane_of(const WriteRequest& request, std::size_t lanes) {
  const AgentIdentity* agent = nullptr;
  if (!request.positions.empty())
    agent = request.positions.front().agent.get();
  else if (!request.quarantined.empty())
    agent = request.quarantined.front().agent.get();
  if (lanes == 1 || agent == nullptr) return 0;
  return (std::hash<OrgId>{}(agent->org) * 31 + std::hash<AgentId>{}(agent->agent)) % lanes;
}

}  // namespace fieldcast::store
