#include "fieldcast/store/engine.hpp"

#include "days.hpp"
#include "fieldcast/base/ownership.hpp"
#include "keeper.hpp"
#include "migrations.hpp"
#include "reader.hpp"
#include "summariser.hpp"
#include "writer.hpp"

namespace fieldcast::store {
namespace {

using postgres::Session;

constexpr seconds days_looked_at_every{60};
constexpr seconds failure_waits{5};

class PostgresEngine final : public Engine {
 public:
  explicit PostgresEngine(PostgresSettings settings) : settings_(std::move(settings)) {}

  Result<void> migrate() override {
    if (auto migrated = postgres::apply_migrations(settings_.url); !migrated) return migrated;
    return maintain();
  }
  Result<std::vector<std::string>> pending_migrations() override { return postgres::pending_migrations(settings_.url); }

  Result<std::vector<std::int64_t>> unknown_migrations() override {
    return postgres::unknown_migrations(settings_.url);
  }

  /// While one waits for the disk, the other fills its transaction; a third was measured to gain nothing.
  std::size_t writers_useful() const override { return 2; }

  Result<std::unique_ptr<Writer>> open_writer() override {
    auto session = Session::open(settings_.url, settings_.writes_time_max);
    if (!session) return session.error();
    return postgres::make_writer(std::move(*session), settings_);
  }
  Result<std::unique_ptr<Reader>> open_reader() override { return postgres::make_reader(settings_, replica_); }
  Result<std::unique_ptr<Summariser>> open_summariser() override { return postgres::make_summariser(settings_); }

  Result<std::unique_ptr<Keeper>> open_keeper() override { return postgres::make_keeper(settings_.url); }

  /// Makes the days to come, once a minute and when a day begins; in between it does nothing.
  Result<void> maintain() override FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    const Now now = read_clock();
    const postgres::Day today = postgres::day_of(now.wall);
    if (now.steady < next_look_ && today == last_day_) return {};
    last_day_ = today;
    auto made = make_days(today);
    next_look_ = now.steady + (made ? days_looked_at_every : failure_waits);
    return made;
  }

  std::string_view name() const override { return "postgres"; }
  std::string history_way() override {
    const auto way = postgres::history_way(settings_.url);
    return way ? *way : std::string();
  }

 private:
  Result<void> make_days(postgres::Day today) const {
    auto session = Session::open(settings_.url, settings_.writes_time_max);
    if (!session) return session.error();
    if (auto prepared = postgres::prepare_days(*session); !prepared) return prepared;
    postgres::Days days;
    for (auto day = today - postgres::days_behind; day <= today + postgres::days_ahead; day += std::chrono::days{1})
      days.want(day);
    return days.ensure(*session);
  }

  const PostgresSettings settings_;
  const std::shared_ptr<postgres::ReplicaState> replica_ = std::make_shared<postgres::ReplicaState>();
  Mutex mutex_;
  SteadyTime next_look_ FIELDCAST_GUARDED_BY(mutex_){};
  postgres::Day last_day_ FIELDCAST_GUARDED_BY(mutex_){};
};

}  // namespace

std::unique_ptr<Engine> make_postgres_engine(PostgresSettings settings) {
  return std::make_unique<PostgresEngine>(std::move(settings));
}

}  // namespace fieldcast::store
