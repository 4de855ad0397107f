#include "instance.hpp"

#include "fieldcast/api/log.hpp"
#include "fieldcast/app/keeping.hpp"
#include "fieldcast/app/serve.hpp"
#include "fieldcast/codec/server_message.hpp"

#include <future>
#include <openssl/rand.h>
#include <stdexcept>
#include <thread>

namespace fieldcast::app {

namespace {

using api::log;
using api::LogLevel;

std::size_t shard_count(const config::Config& config) {
  const std::size_t wanted = config.shards != 0 ? config.shards : std::thread::hardware_concurrency();
  return std::clamp<std::size_t>(wanted, 1, hub::shards_max);
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) != 1) {
    throw std::runtime_error("the system's random generator failed");
  }
  return number;
}

hub::Settings hub_settings(const config::Config& config) {
  hub::Settings settings;
  settings.ingest = config.ingest;
  settings.presence = config.presence;
  settings.window = config.rooms.window;
  settings.cache_valid = config.redis.cache_valid;
  settings.rooms_per_client_max = config.rooms.rooms_per_client_max;
  settings.update_bytes = config.rooms.update_bytes;
  settings.snapshot_part_bytes = config.rooms.snapshot_part_bytes;
  // Presence is looked at often enough for the shortest time that is configured.
  const auto shortest = std::min(config.presence.silent_after, config.presence.parked_after);
  settings.presence_tick = std::clamp(milliseconds(shortest) / 10, milliseconds(100), milliseconds(1'000));
  return settings;
}

api::Settings api_settings(const config::Config& config) {
  api::Settings settings;
  settings.session = config.session;
  settings.cors_origins = config.cors_origins;
  settings.request_positions_max = config.request_positions_max;
  settings.request_bytes_max = config.request_bytes_max;
  settings.ticket_valid = config.access.ticket_valid;
  settings.web_root = config.web_root;
  settings.version = FIELDCAST_VERSION;
  return settings;
}

store::Observer observe_into(metrics::Metrics& metrics) {
  store::Observer observer;
  observer.committed = [&metrics](std::size_t fixes, std::size_t, std::chrono::nanoseconds took) {
    metrics::count(metrics.store_commits);
    metrics::count(metrics.store_rows, fixes);
    metrics.commit_latency.observe(took);
    metrics.commit_fixes.observe(fixes);
  };
  observer.failed = [&metrics](const Error& error) {
    metrics::count(metrics.store_failures);
    log(LogLevel::error, "store_failed", {{"code", error.code}, {"why", error.text}});
  };
  return observer;
}

bus::Observer observe_bus_into(metrics::Metrics& metrics) {
  bus::Observer observer;
  observer.published = [&metrics](std::size_t, std::size_t positions) {
    metrics::count(metrics.bus_positions_out, positions);
  };
  observer.received = [&metrics](std::size_t, std::size_t positions) {
    metrics::count(metrics.bus_positions_in, positions);
  };
  observer.lost = [&metrics](std::size_t publications) { metrics::count(metrics.bus_lost, publications); };
  observer.connected = [&metrics](const std::string& endpoint) {
    metrics::count(metrics.bus_connects);
    log(LogLevel::info, "redis_connected", {{"endpoint", endpoint}});
  };
  observer.disconnected = [&metrics](const std::string& why) {
    metrics::count(metrics.bus_disconnects);
    log(LogLevel::error, "redis_disconnected", {{"why", why}});
  };
  return observer;
}

// A database in the network may come up after us, and an orchestrator that restarts us for it only waits longer each
// time. A file that cannot be opened will not mend itself.
std::unique_ptr<store::Store> open_store(const config::Config& config, const store::Deliver& deliver,
                                         const store::Observer& observer) {
  for (milliseconds wait(500);; wait = std::min(wait * 2, milliseconds(5'000))) {
    try {
      return std::make_unique<store::Store>(make_engine(config), config.store.writer, deliver, observer);
    } catch (const std::runtime_error& error) {
      if (config.store.engine != "postgres" || !std::string_view(error.what()).starts_with("store_unavailable")) throw;
      log(LogLevel::error, "store_awaited", {{"why", error.what()}});
      std::this_thread::sleep_for(wait);
    }
  }
}

std::unique_ptr<bus::Bus> make_bus(const config::Config& config, bus::Listener listener, metrics::Metrics& metrics) {
  if (config.redis.url.empty()) return bus::make_local_bus(bus::make_local_exchange(), std::move(listener));
  auto bus = bus::make_redis_bus(config.redis, std::move(listener), observe_bus_into(metrics));
  if (!bus) throw std::runtime_error("redis: " + bus.error().text);
  return std::move(*bus);
}

}  // namespace

Instance::Instance(const config::Config& config, access::VerifierPtr verifier)
    : config_(config), api_settings_(api_settings(config)), metrics_(shard_count(config)) {
  process_.started = read_clock().steady;
  wiring_.settings = hub_settings(config_);
  wiring_.random = random_number;
  wiring_.directory = &directory_;
  wiring_.metrics = &metrics_;
  for (std::size_t i = 0; i < metrics_.shards(); ++i) {
    loops_.push_back(std::make_unique<hub::Loop>(i));
    wiring_.loops.push_back(loops_.back().get());
  }
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    hubs_.push_back(std::make_unique<hub::Hub>(wiring_, i));
    wiring_.hubs.push_back(hubs_.back().get());
  }
  store_ = open_store(
      config_,
      [this](std::uint32_t shard, std::vector<store::WriteResult> results) { deliver(shard, std::move(results)); },
      observe_into(metrics_));
  wiring_.store = store_.get();
  for (const auto version : store_->unknown_migrations())
    log(LogLevel::warning, "schema_is_newer", {{"migration", std::to_string(version)}});
  if (!store_->history_way().empty()) log(LogLevel::info, "history_is_kept", {{"by", store_->history_way()}});
  restore_positions();
  bus_ = make_bus(config_, hub::Hub::listener(wiring_), metrics_);
  wiring_.bus = bus_.get();

  std::vector<boost::asio::io_context*> contexts;
  std::vector<transport::Application*> applications;
  for (auto& hub : hubs_) {
    apis_.push_back(std::make_unique<api::Api>(*hub, api_settings_, process_, verifier));
    apis_.back()->set_ticket_office(*apis_.front());
    contexts.push_back(&hub->loop().context());
    applications.push_back(apis_.back().get());
  }
  server_ = std::make_unique<transport::Server>(config_.server, contexts, applications, metrics_);
  process_.connections = [this] { return server_->connections(); };
  register_gauges();
  server_->start();
  for (auto& hub : hubs_) hub->loop().post([&hub] { hub->start(); });
  for (auto& loop : loops_) loop->start();
  keeping_ = start_keeping(config_, metrics_);
  process_.ready = true;
}

Instance::~Instance() {
  keeping_.reset();
  // Store and loops first: then nobody calls the bus, and the bus' thread ends before what it calls.
  store_->stop();
  for (auto& loop : loops_) loop->stop();
  bus_.reset();
}

void Instance::deliver(std::uint32_t shard, std::vector<store::WriteResult> results) {
  hub::Hub& hub = *hubs_.at(shard);
  hub.loop().post([&hub, results = std::move(results)] { hub.committed(results); });
}

void Instance::restore_positions() {
  std::promise<Result<std::size_t>> done;
  const Timestamp now = read_clock().wall;
  const bool taken = store_->read([&](store::Reader& reader) { done.set_value(hubs_.front()->restore(reader, now)); });
  if (!taken) throw std::runtime_error("the store takes no reads at start");
  const Result<std::size_t> restored = done.get_future().get();
  if (!restored) throw std::runtime_error("cannot restore last-known positions: " + restored.error().text);
  log(LogLevel::info, "positions_restored",
      {{"agents", std::to_string(directory_.size())}, {"positions", std::to_string(*restored)}});
}

void Instance::register_gauges() {
  metrics_.gauge("fieldcast_store_waiting_fixes", "Fixes that wait for their commit.",
                 [this] { return static_cast<double>(store_->waiting_fixes()); });
  metrics_.gauge("fieldcast_store_ok", "1 while the store commits, 0 while it fails.",
                 [this] { return store_->state() == store::Store::State::ok ? 1.0 : 0.0; });
  metrics_.gauge("fieldcast_bus_ok", "1 while the bus is healthy.", [this] { return bus_->healthy() ? 1.0 : 0.0; });
  metrics_.gauge("fieldcast_ready", "1 while the instance is ready.",
                 [this] { return process_.ready && !process_.draining ? 1.0 : 0.0; });
}

void Instance::reload(access::VerifierPtr verifier) {
  for (auto& api : apis_) {
    const std::size_t shard = static_cast<std::size_t>(&api - apis_.data());
    loops_[shard]->post([&api, verifier] { api->set_verifier(verifier); });
  }
  if (const Result<void> result = server_->reload_tls(); !result) {
    log(LogLevel::error, "certificate_not_reloaded", {{"why", result.error().text}});
  }
}

void Instance::drain(milliseconds over) {
  process_.draining = true;
  server_->stop_listening();
  keeping_.reset();
  std::promise<void> ended;
  server_->drain(codec::goaway("drain", milliseconds(50), milliseconds(500)), outcome::going_away, over,
                 [&ended] { ended.set_value(); });
  ended.get_future().wait();
  store_->stop();
  on_every_loop([this](std::size_t shard) { hubs_[shard]->stop(); });
}

void Instance::on_every_loop(const std::function<void(std::size_t)>& run) {
  for (std::size_t shard = 0; shard < loops_.size(); ++shard) {
    std::promise<void> done;
    loops_[shard]->post([&] {
      run(shard);
      done.set_value();
    });
    done.get_future().wait();
  }
}

}  // namespace fieldcast::app
