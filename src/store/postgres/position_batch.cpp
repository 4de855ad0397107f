#include "position_batch.hpp"

#include <algorithm>
#include <cmath>

namespace fieldcast::store::postgres {
namespace {

// One round trip, one transaction, one plan. Sorted, for two writers that meet the same rows in different orders
// deadlock. `target` says where a row goes: history (0), last_known (2), or both (1). To last_known goes the newest of
// each agent: one command must not touch a row of last_known twice.
// Nothing is written when a number is that of an agent who was erased: it is given back, and learned anew.
constexpr const char* insert_positions = R"(
  WITH gone AS MATERIALIZED (
    SELECT agent_id FROM erased_agents WHERE agent_id = ANY ($1::bigint[])
  ), src AS (
    SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::float8[], $5::float8[], $6::float4[],
                         $7::float4[], $8::float4[], $9::float4[], $10::float4[], $11::int2[], $12::text[],
                         $13::int2[])
      AS s(agent_id, recorded_at, received_at, latitude, longitude, accuracy_m, speed_mps, heading_deg, altitude_m,
           battery, activity, attributes, target)
    WHERE NOT EXISTS (SELECT FROM gone)
  ), ins AS (
    INSERT INTO positions
    SELECT agent_id, recorded_at, received_at, latitude, longitude, accuracy_m, speed_mps, heading_deg, altitude_m,
           battery, activity, attributes
    FROM src WHERE target < 2 ORDER BY agent_id, recorded_at
    ON CONFLICT DO NOTHING RETURNING agent_id, recorded_at
  ), last AS (
    INSERT INTO last_known AS l
    SELECT agent_id, recorded_at, received_at, latitude, longitude, accuracy_m, speed_mps, heading_deg, altitude_m,
           battery, activity, attributes
    FROM src WHERE target > 0 ORDER BY agent_id
    ON CONFLICT (agent_id) DO UPDATE
    SET (recorded_at, received_at, latitude, longitude, accuracy_m, speed_mps, heading_deg, altitude_m, battery,
         activity, attributes)
      = (excluded.recorded_at, excluded.received_at, excluded.latitude, excluded.longitude, excluded.accuracy_m,
         excluded.speed_mps, excluded.heading_deg, excluded.altitude_m, excluded.battery, excluded.activity,
         excluded.attributes)
    WHERE excluded.recorded_at > l.recorded_at
  ), due AS (
    INSERT INTO summaries_due AS d SELECT agent_id, hour, 1 FROM unnest($14::bigint[], $15::timestamptz[])
      AS marks(agent_id, hour) WHERE NOT EXISTS (SELECT FROM gone)
    ON CONFLICT (agent_id, hour) DO UPDATE SET marks = d.marks + 1
  )
  SELECT count(*), array_agg(agent_id), array_agg(recorded_at), EXISTS (SELECT FROM gone) FROM ins)";

enum Target : std::int16_t { to_history = 0, to_both = 1, to_last_known = 2 };

// Activities are stored as these numbers: new ones come after the last.
static_assert(static_cast<int>(Activity::stationary) == 1 && static_cast<int>(Activity::driving) == 5);

bool is_storable(const Position& position) {
  const Coordinates at = position.fix.at;  // a comparison with NaN is false
  return std::abs(at.latitude_deg) <= 90 && std::abs(at.longitude_deg) <= 180 &&
         position.fix.recorded_at >= first_time && position.fix.recorded_at < end_of_times;
}

}  // namespace

Result<void> PositionBatch::prepare(Session& session) {
  if (auto prepared = ThinningQuery::prepare(session); !prepared) return prepared;
  return session.prepare("insert_positions", insert_positions);
}

Result<void> PositionBatch::collect(std::span<const WriteRequest> requests, AgentIds& agents, Days& days,
                                    SteadyTime now) {
  rows_.clear();
  unthinned_ = std::any_of(requests.begin(), requests.end(), [](const auto& request) { return request.unthinned; });
  knows_erased_ = false;
  due_.begin(read_clock().wall);
  const AgentIdentity* agent = nullptr;
  std::int64_t agent_id = AgentIds::unknown;
  bool all_known = true;
  for (std::uint32_t i = 0; i < requests.size(); ++i) {
    for (const AgentPosition& position : requests[i].positions) {
      if (position.agent == nullptr || !is_storable(position.position))
        return Error{"record_unusable", "a position has no agent, or its place or time cannot be"};
      if (position.agent.get() != agent) {
        agent = position.agent.get();
        agent_id = agents.find(position.agent, now);
        all_known = all_known && agent_id != AgentIds::unknown;
      }
      const Timestamp recorded_at = position.position.fix.recorded_at;
      days.want(day_of(recorded_at));
      rows_.push_back(
          {agent_id, to_unix_ms(recorded_at), i, static_cast<std::uint32_t>(rows_.size()), &position, false, false});
    }
  }
  if (!all_known) ask_in_order(requests, agents);
  return {};
}

/// Every word about an agent that is asked for, in the order in which they came: the last one stands.
void PositionBatch::ask_in_order(std::span<const WriteRequest> requests, AgentIds& agents) const {
  for (const Row& row : rows_)
    if (row.agent_id == AgentIds::unknown) agents.ask(row.position->agent);
  for (const WriteRequest& request : requests)
    for (const AgentPosition& position : request.positions)
      if (agents.is_asked(*position.agent)) agents.ask(position.agent);
}

Result<void> PositionBatch::insert(Session& session, const AgentIds& agents, const ThinningRules& rules) {
  number_rows(agents);
  sort_rows();
  if (rules.any() && !unthinned_)
    if (auto thinned = thin(session, rules); !thinned) return thinned;
  build_columns();
  const std::string_view parameters[] = {agent_ids_.parameter(), recorded_.parameter(),   received_.parameter(),
                                         latitudes_.parameter(), longitudes_.parameter(), accuracies_.parameter(),
                                         speeds_.parameter(),    headings_.parameter(),   altitudes_.parameter(),
                                         batteries_.parameter(), activities_.parameter(), attributes_.parameter(),
                                         targets_.parameter(),   due_agents_.parameter(), due_hours_.parameter()};
  const auto inserted = session.run_prepared("insert_positions", parameters);
  if (!inserted) return inserted.error();
  knows_erased_ = inserted->bytes(0, 3).front() != 0;
  if (knows_erased_) return Error{"store_unavailable", "an agent was erased meanwhile"};
  mark_new(*inserted);
  return {};
}

void PositionBatch::want_days(Days& days) const {
  for (const Row& row : rows_) days.want(day_of(from_unix_ms(row.recorded_ms)));
}

/// Each time anew: an agent that was registered by a transaction that failed gets another number.
void PositionBatch::number_rows(const AgentIds& agents) {
  if (!agents.any_asked()) return;
  for (Row& row : rows_)
    if (agents.is_asked(*row.position->agent)) row.agent_id = agents.resolved(*row.position->agent);
}

void PositionBatch::sort_rows() {
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    if (a.agent_id != b.agent_id) return a.agent_id < b.agent_id;
    return a.recorded_ms != b.recorded_ms ? a.recorded_ms < b.recorded_ms : a.nth < b.nth;
  });
}

/// Each time anew: another writer may have stored something since.
Result<void> PositionBatch::thin(Session& session, const ThinningRules& rules) {
  const auto stretches = stretches_of(rows_, rules);
  if (stretches.empty()) return {};
  auto pasts = thinning_.past_of(stretches, session);
  if (!pasts) return pasts.error();
  for (std::size_t i = 0; i < stretches.size(); ++i) judge(stretches[i], std::move((*pasts)[i]), rows_);
  return {};
}

void PositionBatch::build_columns() {
  for (BinaryArray* column :
       {&agent_ids_, &recorded_, &received_, &latitudes_, &longitudes_, &accuracies_, &speeds_, &headings_, &altitudes_,
        &batteries_, &activities_, &attributes_, &targets_, &due_agents_, &due_hours_})
    column->clear();
  due_.begin(read_clock().wall);
  distinct_ = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    Row& row = rows_[i];
    row.is_new = i == 0 || !row.same_key(rows_[i - 1]);
    if (!row.is_new) continue;
    // Equal keys follow each other.
    std::size_t next = i + 1;
    while (next < rows_.size() && rows_[next].same_key(row)) ++next;
    add_distinct(i, next);
  }
  for (const DueMarks::Mark& mark : due_.marks()) {
    due_agents_.add(mark.agent_id);
    due_hours_.add(to_postgres(mark.hour));
  }
}

/// The last key of an agent ends where the next agent begins.
void PositionBatch::add_distinct(std::size_t first, std::size_t next) {
  const Row& row = rows_[first];
  const bool is_newest = next == rows_.size() || rows_[next].agent_id != row.agent_id;
  if (row.thinned && !is_newest) return;
  if (!row.thinned) {
    ++distinct_;
    due_.note(row.agent_id, from_unix_ms(row.recorded_ms));
  }
  agent_ids_.add(row.agent_id);
  add_to_columns(row.position->position);
  targets_.add(static_cast<std::int16_t>(row.thinned ? to_last_known : is_newest ? to_both : to_history));
}

void PositionBatch::add_to_columns(const Position& position) {
  const Fix& fix = position.fix;
  recorded_.add(to_postgres(fix.recorded_at));
  received_.add(to_postgres(position.received_at));
  latitudes_.add(fix.at.latitude_deg);
  longitudes_.add(fix.at.longitude_deg);
  accuracies_.add(fix.accuracy_m);
  speeds_.add(fix.speed_mps);
  headings_.add(fix.heading_deg);
  altitudes_.add(fix.altitude_m);
  batteries_.add(fix.battery);
  if (fix.activity == Activity::unknown)
    activities_.add_null();
  else
    activities_.add(static_cast<std::int16_t>(fix.activity));
  if (fix.attributes.empty())
    attributes_.add_null();
  else
    attributes_.add(std::string_view(fix.attributes));
}

/// The server gives back the keys that were new. Nearly always these are all.
void PositionBatch::mark_new(const Rows& inserted) {
  if (static_cast<std::size_t>(inserted.integer(0, 0)) == distinct_) return;
  std::vector<std::pair<std::int64_t, std::int64_t>> keys;
  const auto agents = read_int8_array(inserted.bytes(0, 1)), times = read_int8_array(inserted.bytes(0, 2));
  for (std::size_t i = 0; i < std::min(agents.size(), times.size()); ++i) keys.emplace_back(agents[i], times[i]);
  std::sort(keys.begin(), keys.end());
  for (Row& row : rows_)
    if (row.is_new && !row.thinned)
      row.is_new = std::binary_search(keys.begin(), keys.end(),
                                      std::pair(row.agent_id, to_postgres(from_unix_ms(row.recorded_ms))));
}

void PositionBatch::count(std::span<WriteResult> results) {
  due_.adopt();
  for (const Row& row : rows_) {
    WriteResult& result = results[row.request];
    ++(row.is_new ? result.accepted : result.duplicates);
    if (row.is_new && row.thinned) ++result.thinned;
  }
}

}  // namespace fieldcast::store::postgres
