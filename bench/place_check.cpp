// Asks the store who was where, through its public contract.
//   place_check URL tracks DIR     writes the tracks (.plt, .gpx) and compares answers of random questions with brute
//   force place_check URL day COUNT      COUNT questions about an afternoon of bench/places' synthetic day: how long
//   they take
#include "contract/places_by_brute_force.hpp"
#include "fieldcast/simulate/tracks.hpp"
#include "fieldcast/store/engine.hpp"

#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <random>
#include <stdexcept>
#include <string_view>

namespace {

using namespace fieldcast;
using store::contract::near_at;
using store::contract::Track;
using store::contract::visit_of;

using Tracks = std::map<std::string, Track>;
const OrgId org("default");

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().code + ": " + result.error().text);
  return std::move(*result);
}

Ring star(std::mt19937& random, Coordinates centre, double size_deg) {
  std::uniform_real_distribution<double> part(0.3, 1);
  Ring ring;
  constexpr int corners = 24;
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * std::numbers::pi * i / corners, reach = size_deg * part(random);
    ring.push_back({centre.latitude_deg + reach * std::sin(angle), centre.longitude_deg + reach * std::cos(angle)});
  }
  ring.push_back(ring.front());
  return ring;
}

class Times {
 public:
  template <class Ask>
  auto measure(const Ask& ask) {
    const auto start = std::chrono::steady_clock::now();
    auto answer = ask();
    took_ms_.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    return answer;
  }
  void print(const char* what) {
    if (took_ms_.empty()) return;
    std::sort(took_ms_.begin(), took_ms_.end());
    std::printf("%s: %zu questions, median %.1f ms, p95 %.1f ms, slowest %.1f ms\n", what, took_ms_.size(),
                took_ms_[took_ms_.size() / 2], took_ms_[took_ms_.size() * 95 / 100], took_ms_.back());
  }

 private:
  std::vector<double> took_ms_;
};

/// What the store takes of them: a time once, in order.
Tracks read_tracks(const char* folder) {
  Tracks tracks;
  for (simulate::AgentTrack& read : must(simulate::load_tracks(folder, simulate::AgentPer::user, "")).agents) {
    std::map<Timestamp, Position> by_time;
    for (const Fix& fix : read.fixes)
      if (std::abs(fix.at.latitude_deg) <= 90 && std::abs(fix.at.longitude_deg) <= 180)
        by_time.try_emplace(fix.recorded_at, Position{fix, fix.recorded_at});
    Track& track = tracks[read.agent];
    for (auto& [time, position] : by_time) track.push_back(std::move(position));
  }
  return tracks;
}

void write_tracks(store::Engine& engine, const Tracks& tracks) {
  const auto writer = must(engine.open_writer());
  std::size_t fixes = 0;
  for (const auto& [id, track] : tracks) {
    const auto agent = std::make_shared<const AgentIdentity>(AgentIdentity{org, TeamId("geolife"), AgentId(id), ""});
    for (std::size_t begin = 0; begin < track.size(); begin += 1'000) {
      store::WriteRequest request;
      for (std::size_t i = begin; i < std::min(begin + 1'000, track.size()); ++i)
        request.positions.push_back({agent, track[i]});
      store::WriteResult result;
      if (auto done = writer->commit({&request, 1}, {&result, 1}); !done) throw std::runtime_error(done.error().text);
      fixes += result.accepted;
    }
  }
  std::printf("wrote %zu fixes of %zu agents\n", fixes, tracks.size());
}

bool equal(const store::AreaVisit& a, const store::AreaVisit& b) {
  return a.first_at == b.first_at && a.last_at == b.last_at && a.inside == b.inside && a.stays == b.stays &&
         a.fixes == b.fixes;
}

struct Comparison {
  std::size_t agents = 0, stays = 0, near = 0, wrong = 0;
};

/// Around a fix of some track, so that somebody is there.
const Position& some_fix(std::mt19937& random, const Tracks& tracks) {
  auto track = tracks.begin();
  std::advance(track, static_cast<std::ptrdiff_t>(random() % tracks.size()));
  return track->second[random() % track->second.size()];
}

void compare_area(store::Reader& reader, const Tracks& tracks, std::mt19937& random, Times& times, Comparison& sum) {
  const Position& fix = some_fix(random, tracks);
  std::uniform_real_distribution<double> size_deg(0.003, 0.05);
  store::AreaQuery query{
      .scope = {org, {}, {}}, .area = {{star(random, fix.fix.at, size_deg(random)), {}}}, .after = {}};
  query.area[0].holes.push_back(star(random, fix.fix.at, 0.002));
  if (random() % 2 == 0) query.area.push_back({star(random, some_fix(random, tracks).fix.at, size_deg(random)), {}});
  query.from = fix.fix.recorded_at - std::chrono::hours{random() % 360};
  query.to = fix.fix.recorded_at + std::chrono::hours{random() % 360};
  const auto visits = must(times.measure([&] { return reader.found_in(query); }));
  std::size_t wanted = 0;
  for (const auto& [id, track] : tracks) wanted += visit_of(track, query.area, query.from, query.to).fixes > 0;
  sum.wrong += wanted != visits.size();
  for (const store::AreaVisit& visit : visits) {
    sum.wrong += !equal(visit, visit_of(tracks.at(visit.agent->agent.str()), query.area, query.from, query.to));
    sum.stays += visit.stays;
  }
  sum.agents += visits.size();
}

void compare_near(store::Reader& reader, const Tracks& tracks, std::mt19937& random, Times& times, Comparison& sum) {
  const Position& fix = some_fix(random, tracks);
  const store::NearbyQuery query{.scope = {org, {}, {}},
                                 .centre = fix.fix.at,
                                 .radius_m = static_cast<double>(random() % 20'000),
                                 .at = fix.fix.recorded_at + seconds{random() % 60},
                                 .age_max = seconds{86'400},
                                 .limit = 1'000'000};
  const auto near = must(times.measure([&] { return reader.nearby_at(query); }));
  std::size_t wanted = 0;
  for (const auto& [id, track] : tracks) wanted += near_at(track, query) != nullptr;
  sum.wrong += wanted != near.size();
  for (const store::NearbyAgent& one : near) {
    const Position* position = near_at(tracks.at(one.agent->agent.str()), query);
    sum.wrong += position == nullptr || position->fix.recorded_at != one.position.fix.recorded_at ||
                 one.distance_m != distance_m(query.centre, position->fix.at);
  }
  sum.near += near.size();
}

bool check_tracks(store::Engine& engine, const char* folder) {
  const Tracks tracks = read_tracks(folder);
  write_tracks(engine, tracks);
  const auto reader = must(engine.open_reader());
  std::mt19937 random(1);
  Comparison sum;
  Times area_times, near_times;
  for (int i = 0; i < 200; ++i) compare_area(*reader, tracks, random, area_times, sum);
  for (int i = 0; i < 200; ++i) compare_near(*reader, tracks, random, near_times, sum);
  area_times.print("who was in this area (up to 30 days)");
  near_times.print("who was near at that moment");
  std::printf("compared with brute force: %zu agents in areas with %zu stays, %zu agents nearby; wrong: %zu\n",
              sum.agents, sum.stays, sum.near, sum.wrong);
  return sum.wrong == 0 && sum.agents > 0 && sum.near > 0;
}

/// Areas some 2 km across in the city of the synthetic day, from 12:00 to 18:00.
void ask_day(store::Engine& engine, int count) {
  const auto reader = must(engine.open_reader());
  const Timestamp noon = std::chrono::sys_days{std::chrono::year{2024} / 1 / 1} + std::chrono::hours{12};
  std::mt19937 random(1);
  std::uniform_real_distribution<double> offset(-0.15, 0.15);
  Times area_times, near_times;
  std::size_t agents = 0, stays = 0, fixes = 0, near = 0;
  for (int i = -count / 10; i < count; ++i) {
    const Coordinates centre{12.97 + offset(random), 77.59 + offset(random)};
    const store::AreaQuery area{.scope = {org, {}, {}},
                                .area = {{star(random, centre, 0.01), {}}},
                                .from = noon,
                                .to = noon + std::chrono::hours{6},
                                .after = {}};
    const store::NearbyQuery nearby{
        .scope = {org, {}, {}}, .centre = centre, .radius_m = 2'000, .at = noon, .limit = 1'000};
    Times unmeasured;  // the first are to warm up
    const auto visits = must((i < 0 ? unmeasured : area_times).measure([&] { return reader->found_in(area); }));
    near += must((i < 0 ? unmeasured : near_times).measure([&] { return reader->nearby_at(nearby); })).size();
    agents += visits.size();
    for (const store::AreaVisit& visit : visits) stays += visit.stays, fixes += visit.fixes;
  }
  area_times.print("who was in this area that afternoon");
  near_times.print("who was near at noon");
  std::printf("found: %zu agents, %zu stays, %zu fixes; %zu agents near\n", agents, stays, fixes, near);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: place_check URL tracks DIR | URL day COUNT\n", stderr);
    return 2;
  }
  try {
    const auto engine =
        store::make_postgres_engine({.url = argv[1], .read_url = {}, .reads_time_max = milliseconds{60'000}});
    if (auto migrated = engine->migrate(); !migrated) throw std::runtime_error(migrated.error().text);
    if (std::string_view(argv[2]) == "tracks") return check_tracks(*engine, argv[3]) ? 0 : 1;
    ask_day(*engine, std::atoi(argv[3]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "place_check: %s\n", error.what());
    return 1;
  }
}
