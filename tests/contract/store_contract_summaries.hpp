// What the tests of summaries share, and others that need summaries with positions.
#pragma once

#include "contract/store_contract.hpp"
#include "fieldcast/store/summaries.hpp"

namespace fieldcast::store::contract {

using std::chrono::days;
using std::chrono::hours;

inline constexpr Timestamp summary_day = std::chrono::sys_days{std::chrono::year{2023} / 11 / 14};
inline constexpr Timestamp ten = summary_day + hours{10};
inline constexpr Timestamp later = summary_day + days{30};  // everything is over by then

/// With a summariser, and an agent on its way north.
class StoreSummaries : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    if (IsSkipped()) return;
    auto summariser = engine_->open_summariser();
    ASSERT_TRUE(summariser) << summariser.error().text;
    summariser_ = std::move(*summariser);
  }

  /// A fix so many steps north, so many seconds after ten.
  AgentPosition at(std::int64_t second, int steps, double longitude_deg = 8) const {
    return make_position(agent_, to_unix_ms(ten) + second * 1'000, 50 + steps * 0.001, longitude_deg);
  }
  /// A fix every 30 s, each a step on.
  std::vector<AgentPosition> track(std::int64_t from_s, std::int64_t to_s) const {
    std::vector<AgentPosition> positions;
    for (std::int64_t second = from_s; second < to_s; second += 30)
      positions.push_back(at(second, static_cast<int>(second / 30)));
    return positions;
  }

  std::size_t work(Timestamp now = later, std::size_t hours_max = 1'000) {
    const auto done = summariser_->work(now, hours_max);
    EXPECT_TRUE(done) << done.error().text;
    return done ? *done : 0;
  }
  AgentSummaries read(Bucket bucket = Bucket::hour, Timestamp from = summary_day,
                      Timestamp to = summary_day + days{1}) {
    auto answer = reader_->summaries(SummaryQuery{agent_->key(), bucket, from, to});
    EXPECT_TRUE(answer) << answer.error().text;
    return answer ? *answer : AgentSummaries{};
  }
  TeamSummaries read_team(const char* team = "north", Bucket bucket = Bucket::hour, const char* org = "acme") {
    auto answer =
        reader_->summaries(TeamSummaryQuery{{OrgId(org), TeamId(team)}, bucket, summary_day, summary_day + days{1}});
    EXPECT_TRUE(answer) << answer.error().text;
    return answer ? *answer : TeamSummaries{};
  }
  /// One number for each bucket: its fixes.
  static std::vector<std::uint64_t> fixes(const std::vector<SummaryBucket>& buckets) {
    std::vector<std::uint64_t> numbers;
    for (const SummaryBucket& bucket : buckets) numbers.push_back(bucket.figures.fixes);
    return numbers;
  }
  static void expect_same(const Summary& a, const Summary& b) {
    EXPECT_EQ(a.fixes, b.fixes);
    EXPECT_EQ(a.rows_read, b.rows_read);
    EXPECT_NEAR(a.distance_m, b.distance_m, 1e-6);
    EXPECT_EQ(a.moving, b.moving);
    EXPECT_EQ(a.stops, b.stops);
    ASSERT_EQ(known(a.speed_max_mps), known(b.speed_max_mps));
    if (known(a.speed_max_mps)) {
      EXPECT_FLOAT_EQ(a.speed_max_mps, b.speed_max_mps);
    }
    ASSERT_EQ(a.box.has_value(), b.box.has_value());
    if (!a.box) return;
    EXPECT_NEAR(a.box->west_deg, b.box->west_deg, 1.1e-7);
    EXPECT_NEAR(a.box->south_deg, b.box->south_deg, 1.1e-7);
    EXPECT_NEAR(a.box->east_deg, b.box->east_deg, 1.1e-7);
    EXPECT_NEAR(a.box->north_deg, b.box->north_deg, 1.1e-7);
  }
  /// What was read before the work must be what is read after it.
  void expect_work_changes_no_answer() {
    const AgentSummaries before_hours = read(), before_days = read(Bucket::day);
    EXPECT_GT(work(), 0U);
    const AgentSummaries after_hours = read(), after_days = read(Bucket::day);
    ASSERT_EQ(before_hours.buckets.size(), after_hours.buckets.size());
    for (std::size_t i = 0; i < after_hours.buckets.size(); ++i)
      expect_same(before_hours.buckets[i].figures, after_hours.buckets[i].figures);
    ASSERT_EQ(before_days.buckets.size(), after_days.buckets.size());
    for (std::size_t i = 0; i < after_days.buckets.size(); ++i)
      expect_same(before_days.buckets[i].figures, after_days.buckets[i].figures);
  }

  const AgentIdentityPtr agent_ = make_agent("a1", "north", "acme", "Asha");
  std::unique_ptr<Summariser> summariser_;
};

}  // namespace fieldcast::store::contract
