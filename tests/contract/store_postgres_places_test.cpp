// Questions about places: the same answers as by brute force, with a spatial index and without; and what is said where
// PostGIS is missing.
#include "contract/places_by_brute_force.hpp"
#include "contract/store_contract.hpp"
#include "contract/store_postgres_server.hpp"

#include <gmock/gmock.h>
#include <numbers>
#include <random>

namespace fieldcast::store::contract {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t base_ms = 1'700'000'000'000;  // 2023-11-14 22:13:20: the tracks go over midnight
constexpr days one_day{1};
constexpr Day first_day{std::chrono::sys_days{std::chrono::year{2023} / 11 / 14}};

Timestamp at_s(std::int64_t second) { return from_unix_ms(base_ms + second * 1'000); }
Ring rectangle(double west, double south, double east, double north) {
  return {{south, west}, {south, east}, {north, east}, {north, west}, {south, west}};
}

/// The parameter: whether TimescaleDB keeps the history.
class PostgresPlaces : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    PostgresServer* server = GetParam() ? PostgresServer::with_timescale() : &PostgresServer::shared();
    if (server == nullptr) GTEST_SKIP() << PostgresServer::no_timescale;
    database_.emplace(*server);
    ask("ALTER DATABASE " + ask("SELECT current_database()") + " SET fieldcast.places = 'on'");
    engine_ = make_postgres_engine({.url = database_->url(), .read_url = {}});
    const auto migrated = engine_->migrate();
    ASSERT_TRUE(migrated) << migrated.error().text;
    writer_ = std::move(*engine_->open_writer());
    reader_ = std::move(*engine_->open_reader());
  }
  std::string ask(const std::string& statement) const { return sql(database_->url(), statement); }
  void close(Day day) const {
    const auto closed = (*engine_->open_keeper())->close_day(day);
    ASSERT_TRUE(closed && *closed) << (closed ? "there was nothing to do" : closed.error().text);
  }

  void write(const std::vector<AgentPosition>& positions) {
    const WriteRequest request = make_request(positions);
    WriteResult result;
    const auto committed = writer_->commit({&request, 1}, {&result, 1});
    ASSERT_TRUE(committed) << committed.error().text;
    for (const AgentPosition& one : positions) {
      tracks_[one.agent->key()].push_back(one.position);
      agents_.insert_or_assign(one.agent->key(), one.agent);
    }
  }
  /// One fix each: where, and so many seconds after the beginning.
  struct Seen {
    std::int64_t second;
    double latitude_deg, longitude_deg;
  };
  void see(const AgentIdentityPtr& agent, const std::vector<Seen>& fixes) {
    std::vector<AgentPosition> positions;
    for (const Seen& seen : fixes)
      positions.push_back(make_position(agent, base_ms + seen.second * 1'000, seen.latitude_deg, seen.longitude_deg));
    write(positions);
  }
  AreaQuery query(Area area) const {
    return {.scope = {OrgId("acme"), {}, {}},
            .area = std::move(area),
            .from = at_s(-100'000),
            .to = at_s(200'000),
            .after = {}};
  }
  std::vector<AreaVisit> found(const AreaQuery& query) {
    auto visits = reader_->found_in(query);
    EXPECT_TRUE(visits) << visits.error().text;
    return visits ? *visits : std::vector<AreaVisit>{};
  }
  std::vector<NearbyAgent> nearby(const NearbyQuery& query) {
    auto near = reader_->nearby_at(query);
    EXPECT_TRUE(near) << near.error().text;
    return near ? *near : std::vector<NearbyAgent>{};
  }
  std::vector<std::string> found_ids(const AreaQuery& query) {
    std::vector<std::string> ids;
    for (const AreaVisit& visit : found(query)) ids.push_back(visit.agent->agent.str());
    return ids;
  }

  /// What `query` gives must be what brute force gives of all that was written. Returns how many agents that are.
  std::size_t expect_as_by_brute_force(const AreaQuery& query) {
    const std::vector<AreaVisit> visits = found(query);
    auto visit = visits.begin();
    for (const auto& [key, track] : tracks_) {
      const AreaVisit wanted = visit_of(track, query.area, query.from, query.to);
      if (wanted.fixes == 0) continue;
      if (visit == visits.end() || visit->agent->key() != key) {
        ADD_FAILURE() << key.agent.str() << " was not found";
        return 0;
      }
      EXPECT_EQ(visit->first_at, wanted.first_at) << key.agent.str();
      EXPECT_EQ(visit->last_at, wanted.last_at) << key.agent.str();
      EXPECT_EQ(visit->inside, wanted.inside) << key.agent.str();
      EXPECT_EQ(visit->stays, wanted.stays) << key.agent.str();
      EXPECT_EQ(visit->fixes, wanted.fixes) << key.agent.str();
      ++visit;
    }
    EXPECT_EQ(visit, visits.end()) << "one that was not there";
    return visits.size();
  }
  void expect_near_as_by_brute_force(const NearbyQuery& query) {
    const std::vector<NearbyAgent> near = nearby(query);
    std::size_t wanted = 0;
    double before_m = 0;
    for (const auto& [key, track] : tracks_) wanted += near_at(track, query) != nullptr;
    EXPECT_THAT(near, SizeIs(wanted));
    for (const NearbyAgent& one : near) {
      const Position* position = near_at(tracks_[one.agent->key()], query);
      ASSERT_NE(position, nullptr) << one.agent->agent.str();
      EXPECT_EQ(one.position.fix.recorded_at, position->fix.recorded_at);
      EXPECT_EQ(one.distance_m, distance_m(query.centre, position->fix.at));
      EXPECT_GE(one.distance_m, before_m);
      before_m = one.distance_m;
    }
  }

  std::optional<PostgresDatabase> database_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
  std::map<AgentKey, Track> tracks_;
  std::map<AgentKey, AgentIdentityPtr> agents_;
};

TEST_P(PostgresPlaces, StaysEndWithAFixOutsideAndWithALongSilence) {
  const auto agent = make_agent("a1");
  see(agent,
      {{0, 5, 5}, {60, 5, 6}, {120, 5, 50}, {180, 5, 5}, {240, 5, 5}, {840, 5, 5}, {1'441, 5, 5}, {1'500, 50, 5}});
  const auto visits = found(query({{rectangle(0, 0, 10, 10), {}}}));
  ASSERT_THAT(visits, SizeIs(1));
  EXPECT_EQ(visits[0].agent->agent, agent->agent);
  EXPECT_EQ(visits[0].first_at, at_s(0));
  EXPECT_EQ(visits[0].last_at, at_s(1'441));
  EXPECT_EQ(visits[0].stays, 3U);  // 0-60; 180-840, over ten minutes and no more; 1,441
  EXPECT_EQ(visits[0].inside, seconds{60 + 660});
  EXPECT_EQ(visits[0].fixes, 6U);
  expect_as_by_brute_force(query({{rectangle(0, 0, 10, 10), {}}}));
}

TEST_P(PostgresPlaces, AStayGoesOverMidnight) {
  see(make_agent("a1"), {{6'300, 5, 5}, {6'390, 5, 5}, {6'410, 5, 5}, {6'500, 5, 5}});  // midnight is at 6,400
  see(make_agent("a2"), {{6'390, 5, 5}, {6'410, 5, 5}, {6'400, 50, 5}});
  const auto visits = found(query({{rectangle(0, 0, 10, 10), {}}}));
  ASSERT_THAT(visits, SizeIs(2));
  EXPECT_EQ(visits[0].inside, seconds{200});
  EXPECT_EQ(visits[0].stays, 1U);
  EXPECT_EQ(visits[1].inside, seconds{0});
  EXPECT_EQ(visits[1].stays, 2U);
}

TEST_P(PostgresPlaces, FromIsInsideAndToIsNot) {
  see(make_agent("a1"), {{0, 5, 5}, {60, 5, 5}, {120, 5, 5}, {180, 5, 5}});
  AreaQuery asked = query({{rectangle(0, 0, 10, 10), {}}});
  asked.from = at_s(60);
  asked.to = at_s(180);
  const auto visits = found(asked);
  ASSERT_THAT(visits, SizeIs(1));
  EXPECT_EQ(visits[0].first_at, at_s(60));
  EXPECT_EQ(visits[0].last_at, at_s(120));
  asked.to = asked.from;
  EXPECT_THAT(found(asked), IsEmpty());
}

TEST_P(PostgresPlaces, ABoundaryIsInsideThatOfAHoleToo) {
  const Area area{{rectangle(0, 0, 10, 10), {rectangle(2, 2, 4, 4)}}, {rectangle(10, 20, 12, 22), {}}};
  see(make_agent("corner"), {{0, 0, 0}});
  see(make_agent("edge"), {{0, 5, 10}});
  see(make_agent("hole_corner"), {{0, 2, 2}});
  see(make_agent("hole_edge"), {{0, 3, 4}});
  see(make_agent("in_hole"), {{0, 3, 3}});
  see(make_agent("island"), {{0, 20, 11}});
  see(make_agent("just_out"), {{0, 5, std::nextafter(10.0, 11.0)}, {60, -std::numeric_limits<double>::min(), 5}});
  EXPECT_THAT(found_ids(query(area)), ElementsAre("corner", "edge", "hole_corner", "hole_edge", "island"));
  expect_as_by_brute_force(query(area));
}

TEST_P(PostgresPlaces, AnAreaAcrossTheAntimeridianIsTwoPolygons) {
  see(make_agent("east"), {{0, 1, -179.5}});
  see(make_agent("line"), {{0, 1, 180}});
  see(make_agent("west"), {{0, 1, 179.5}, {60, 1, -179.75}, {120, 1, 179.25}});
  see(make_agent("far"), {{0, 1, 0}});
  const Area area{{rectangle(179, 0, 180, 2), {}}, {rectangle(-180, 0, -179, 2), {}}};
  EXPECT_THAT(found_ids(query(area)), ElementsAre("east", "line", "west"));
  EXPECT_EQ(found(query(area))[2].inside, seconds{120});
}

TEST_P(PostgresPlaces, AnswersForTheScopeOnlyPageByPage) {
  for (const char* name : {"a1", "a2", "a3", "a4"})
    see(make_agent(name, name[1] < '3' ? "north" : "so\"u\\th"), {{0, 5, 5}, {30, 5, 5}});
  see(make_agent("a2", "north", "other"), {{0, 5, 5}});
  AreaQuery asked = query({{rectangle(0, 0, 10, 10), {}}});
  EXPECT_THAT(found_ids(asked), ElementsAre("a1", "a2", "a3", "a4"));
  asked.limit = 2;
  EXPECT_THAT(found_ids(asked), ElementsAre("a1", "a2"));
  asked.after = AgentId("a2");
  EXPECT_THAT(found_ids(asked), ElementsAre("a3", "a4"));
  asked.after.reset();
  asked.scope.teams = {TeamId("so\"u\\th")};
  EXPECT_THAT(found_ids(asked), ElementsAre("a3", "a4"));
  asked.scope.agent = AgentId("a4");
  EXPECT_THAT(found_ids(asked), ElementsAre("a4"));
  asked.scope.agent = AgentId("a1");
  EXPECT_THAT(found_ids(asked), IsEmpty());
  asked.scope = {OrgId("acme"), std::vector<TeamId>{}, {}};
  EXPECT_THAT(found_ids(asked), IsEmpty());
  NearbyQuery near{.scope = asked.scope, .centre = {5, 5}, .radius_m = 10, .at = at_s(30)};
  EXPECT_THAT(nearby(near), IsEmpty());
  near.scope = {OrgId("acme"), std::vector<TeamId>{TeamId("north")}, {}};
  EXPECT_THAT(nearby(near), SizeIs(2));
  near.limit = 1;
  ASSERT_THAT(nearby(near), SizeIs(1));
  EXPECT_EQ(nearby(near)[0].agent->agent.str(), "a1");
}

TEST_P(PostgresPlaces, NearbyTakesTheNewestFixOfThatMomentAndNoOlderOneThatWasNearer) {
  see(make_agent("left"), {{0, 5, 5}, {60, 6, 5}});
  see(make_agent("later"), {{61, 5, 5}});
  see(make_agent("old"), {{-3'601 + 60, 5, 5}});
  see(make_agent("oldest"), {{-3'600 + 60, 5, 5}});
  see(make_agent("there"), {{60, 5, 5.001}});
  NearbyQuery asked{.scope = {OrgId("acme"), {}, {}}, .centre = {5, 5}, .radius_m = 1'000, .at = at_s(60)};
  const auto near = nearby(asked);
  ASSERT_THAT(near, SizeIs(2));
  EXPECT_EQ(near[0].agent->agent.str(), "oldest");
  EXPECT_EQ(near[1].agent->agent.str(), "there");
  expect_near_as_by_brute_force(asked);
}

/// A star around a centre: it does not cross itself.
Ring star(std::mt19937& random, double longitude_deg, double latitude_deg, double size_deg) {
  std::uniform_real_distribution<double> part(0.2, 1.0);
  Ring ring;
  constexpr int corners = 17;
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * std::numbers::pi * i / corners, reach = size_deg * part(random);
    ring.push_back({latitude_deg + reach * std::sin(angle), longitude_deg + reach * std::cos(angle)});
  }
  ring.push_back(ring.front());
  return ring;
}

TEST_P(PostgresPlaces, RandomTracksAreFoundAsByBruteForceOnOpenDaysAndOnIndexedOnes) {
  std::mt19937 random(4);
  std::uniform_real_distribution<double> offset(-0.1, 0.1);
  std::uniform_int_distribution<std::int64_t> pause(5, 700);
  for (int agent = 0; agent < 40; ++agent) {
    const auto identity = make_agent(("a" + std::to_string(100 + agent)).c_str(), agent % 2 == 0 ? "north" : "south");
    std::vector<Seen> fixes;
    double latitude_deg = 12.9 + offset(random), longitude_deg = 77.5 + offset(random);
    for (std::int64_t second = pause(random); fixes.size() < 150; second += pause(random) / (agent % 3 + 1)) {
      latitude_deg += offset(random) / 5;
      longitude_deg += offset(random) / 5;
      fixes.push_back({second, latitude_deg, longitude_deg});
    }
    see(identity, fixes);
  }
  std::vector<AreaQuery> questions;
  std::uniform_int_distribution<std::int64_t> begin(0, 40'000);
  for (int i = 0; i < 25; ++i) {
    const double longitude_deg = 77.5 + offset(random), latitude_deg = 12.9 + offset(random);
    Area area{{star(random, longitude_deg, latitude_deg, 0.2), {star(random, longitude_deg, latitude_deg, 0.03)}}};
    if (i % 2 == 0) area.push_back({star(random, 77.5 + offset(random), 12.9 + offset(random), 0.1), {}});
    questions.push_back(query(std::move(area)));
    questions.back().from = at_s(begin(random));
    questions.back().to = questions.back().from + seconds{begin(random)};
  }
  for (int closed = 0;; ++closed) {
    SCOPED_TRACE(std::to_string(closed) + " days closed");
    std::size_t agents = 0;
    for (const AreaQuery& question : questions) agents += expect_as_by_brute_force(question);
    EXPECT_GT(agents, 100U);
    if (closed == 2) break;
    close(first_day + one_day * closed);
  }
  for (int i = 0; i < 25; ++i)
    expect_near_as_by_brute_force({.scope = {OrgId("acme"), {}, {}},
                                   .centre = {12.9 + offset(random), 77.5 + offset(random)},
                                   .radius_m = 12'000,
                                   .at = at_s(begin(random)),
                                   .age_max = seconds{900},
                                   .limit = 1'000});
}

TEST_P(PostgresPlaces, NearbyWorksAtThePolesAndAcrossTheAntimeridian) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> part(-1, 1);
  std::vector<AgentPosition> positions;
  for (int i = 0; i < 600; ++i) {
    const double latitude_deg = i % 3 == 0   ? 90 - std::abs(part(random))
                                : i % 3 == 1 ? part(random) * 90
                                             : part(random);
    const double longitude_deg = i % 2 == 0 ? part(random) * 180 : (i % 4 == 1 ? 180 : -180);
    positions.push_back(
        make_position(make_agent(("a" + std::to_string(i)).c_str()), base_ms, latitude_deg, longitude_deg));
  }
  write(positions);
  for (const Coordinates centre :
       {Coordinates{90, 0}, {89.9, 100}, {-90, 3}, {0, 180}, {0.2, -179.9}, {45, 179.99}, {0, 0}})
    for (const double radius_m : {0.0, 1'000.0, 100'000.0, 3'000'000.0, 11'000'000.0, 20'040'000.0})
      expect_near_as_by_brute_force(
          {.scope = {OrgId("acme"), {}, {}}, .centre = centre, .radius_m = radius_m, .at = at_s(1), .limit = 1'000});
}

TEST_P(PostgresPlaces, TheSpatialIndexOfAClosedDayIsUsed) {
  if (GetParam()) GTEST_SKIP() << "what is compressed has no spatial index";
  see(make_agent("a1"), {{0, 5, 5}});
  ask(
      std::string("INSERT INTO positions (agent_id, recorded_at, received_at, latitude, longitude) SELECT 1, "
                  "timestamptz '2023-11-14 00:00Z' + n * interval '1 s', now(), sin(n) * 50, cos(n) * 50 "
                  "FROM generate_series(1, 50000) n"));
  close(first_day);
  EXPECT_EQ(found(query({{rectangle(4, 4, 6, 6), {}}})).size(), 1U);
  writer_.reset();
  reader_.reset();  // a session counts when it ends
  const auto deadline = std::chrono::steady_clock::now() + seconds{20};
  while (ask("SELECT sum(idx_scan) > 0 FROM pg_stat_user_indexes WHERE indexrelname LIKE '%st_point%'") != "t")
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
}

TEST_P(PostgresPlaces, ViewsOfferGeographyToOthers) {
  see(make_agent("a1", "north", "acme", "Asha"), {{0, 5, 5}, {60, 5, 5.001}});
  EXPECT_EQ(ask("SELECT count(*) FROM position_places WHERE ST_DWithin(place, ST_Point(5, 5, 4326)::geography, 10)"),
            "1");
  EXPECT_EQ(ask("SELECT round(ST_Distance(place, ST_Point(5, 5, 4326)::geography)) FROM last_known_places "
                "WHERE org = 'acme' AND team = 'north' AND agent = 'a1' AND name = 'Asha'"),
            "111");
}

INSTANTIATE_TEST_SUITE_P(Postgres, PostgresPlaces, testing::Values(false, true),
                         [](const auto& tested) { return tested.param ? "timescale" : "days"; });

class PostgresWithoutPlaces : public testing::Test {
 protected:
  std::string ask(const std::string& statement) const { return sql(database_.url(), statement); }
  std::string answer(const std::string& url) const {
    const auto engine = make_postgres_engine({.url = url, .read_url = {}});
    const auto migrated = engine->migrate();
    EXPECT_TRUE(migrated) << migrated.error().text;
    const auto reader = engine->open_reader();
    const auto visits =
        (*reader)->found_in({.scope = {OrgId("acme"), {}, {}}, .area = {{rectangle(0, 0, 1, 1), {}}}, .after = {}});
    const auto near = (*reader)->nearby_at({.scope = {OrgId("acme"), {}, {}}, .centre = {0, 0}});
    if (visits && near) return "available";
    EXPECT_FALSE(visits || near);
    EXPECT_EQ(visits.error().code, "not_available");
    EXPECT_EQ(near.error().text, visits.error().text);
    return visits.error().text;
  }

  PostgresDatabase database_{PostgresServer::shared()};
};

TEST_F(PostgresWithoutPlaces, SayThatTheyAreSwitchedOffAndComeWithTheNextMigration) {
  EXPECT_THAT(answer(database_.url()), HasSubstr("fieldcast.places"));
  EXPECT_EQ(ask("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'"), "0");
  ask("ALTER DATABASE " + ask("SELECT current_database()") + " SET fieldcast.places = 'on'");
  EXPECT_EQ(answer(database_.url()), "available");
  EXPECT_EQ(answer(database_.url()), "available");
}

TEST_F(PostgresWithoutPlaces, NeedASuperuserWhereTheRoleMayNotMakeTheExtension) {
  const std::string database = ask("SELECT current_database()");
  ask("ALTER DATABASE " + database + " SET fieldcast.places = 'on'");
  ask("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'modest') THEN CREATE ROLE modest LOGIN; END "
      "IF; END $$");
  ask("GRANT ALL ON SCHEMA public TO modest");
  const std::string url = database_.url() + " user=modest";
  EXPECT_THAT(answer(url), HasSubstr("CREATE EXTENSION postgis"));
  ask("CREATE EXTENSION postgis");
  EXPECT_EQ(answer(url), "available");
  ask("DROP EXTENSION postgis CASCADE");
  EXPECT_THAT(answer(url), HasSubstr("CREATE EXTENSION postgis"));
}

TEST_F(PostgresWithoutPlaces, TellOfAnExtensionThatIsOutOfSight) {
  ask("ALTER DATABASE " + ask("SELECT current_database()") + " SET fieldcast.places = 'on'");
  ask("CREATE SCHEMA elsewhere");
  ask("CREATE EXTENSION postgis SCHEMA elsewhere");
  EXPECT_THAT(answer(database_.url()), HasSubstr("search path"));
}

}  // namespace
}  // namespace fieldcast::store::contract
