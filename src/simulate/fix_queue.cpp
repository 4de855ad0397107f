#include "fieldcast/simulate/fix_queue.hpp"

#include <algorithm>
#include <iterator>

namespace fieldcast::simulate {
namespace {

constexpr std::size_t bytes_beside_members = 160;  // braces, commas and, from a gateway, the agent's id

auto find_flight(std::vector<Flight>& flights, std::int64_t id) { return std::ranges::find(flights, id, &Flight::id); }

}  // namespace

void FixQueue::push(QueuedFix fix) {
  if (waiting_.size() >= fixes_max_) {
    waiting_.pop_front();
    ++forgotten_;
  }
  waiting_.push_back(std::move(fix));
}

const Flight* FixQueue::take(std::size_t count_max, std::size_t bytes_max, SteadyTime now) {
  if (waiting_.empty()) return nullptr;
  Flight flight{++last_id_, now, {}};
  std::size_t bytes = 0;
  while (!waiting_.empty() && flight.fixes.size() < std::max<std::size_t>(count_max, 1)) {
    bytes += waiting_.front().members.size() + bytes_beside_members;
    if (bytes > bytes_max && !flight.fixes.empty()) break;
    flight.fixes.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  flights_.push_back(std::move(flight));
  return &flights_.back();
}

std::optional<Flight> FixQueue::settle(std::int64_t id) {
  const auto found = find_flight(flights_, id);
  if (found == flights_.end()) return std::nullopt;
  Flight flight = std::move(*found);
  flights_.erase(found);
  return flight;
}

bool FixQueue::refuse(std::int64_t id) {
  const auto found = find_flight(flights_, id);
  if (found == flights_.end()) return false;
  put_back(*found);
  flights_.erase(found);
  return true;
}

void FixQueue::lose_flights() {
  for (auto flight = flights_.rbegin(); flight != flights_.rend(); ++flight) put_back(*flight);
  flights_.clear();
}

void FixQueue::put_back(Flight& flight) {
  waiting_.insert(waiting_.begin(), std::make_move_iterator(flight.fixes.begin()),
                  std::make_move_iterator(flight.fixes.end()));
}

}  // namespace fieldcast::simulate
