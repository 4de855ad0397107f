// What operators and load balancers ask: alive, ready, how live, how much.
#include "call.hpp"

namespace fieldcast::api {

namespace {

std::string_view text_of(store::Store::State state) {
  switch (state) {
    case store::Store::State::ok:
      return "ok";
    case store::Store::State::failing:
      return "failing";
    case store::Store::State::stopped:
      return "stopped";
  }
  return "stopped";
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out += ',';
  codec::append_json_string(out, name);
  out += ':';
  codec::append_json_string(out, value);
}

void append_member(std::string& out, std::string_view name, double value) {
  if (out.back() != '{') out += ',';
  codec::append_json_string(out, name);
  out += ':';
  codec::append_number(out, value, 3);
}

std::string components(Call& call) {
  const store::Store& store = call.context.store();
  std::string out = "{\"store\":{";
  append_member(out, "engine", store.engine_name());
  append_member(out, "state", text_of(store.state()));
  append_member(out, "waiting_fixes", static_cast<double>(store.waiting_fixes()));
  if (const std::string failure = store.last_failure(); !failure.empty()) append_member(out, "last_failure", failure);
  out += "},\"bus\":{";
  const bus::Bus& bus = *call.context.hub.wiring().bus;
  append_member(out, "kind", bus.name());
  append_member(out, "state", bus.healthy() ? "ok" : "failing");
  if (const std::string failure = bus.last_failure(); !bus.healthy() && !failure.empty())
    append_member(out, "last_failure", failure);
  return out + "}}";
}

double delivery_ms(const metrics::Metrics& metrics, double q) {
  return metrics.total(&metrics::ShardMetrics::ingest_to_delivery).quantile(q).value_or(0) * 1e3;
}

double sum(const metrics::Metrics& metrics, metrics::Counter metrics::ShardMetrics::*counter) {
  return static_cast<double>(metrics.total(counter));
}

}  // namespace

void get_healthz(CallPtr call) { call->json(R"({"status":"ok"})"); }

// Not ready: starting, draining. A failing store does not take the instance out of service: its live
// way still works, and the agents that it holds would only lose their place.
void get_readyz(CallPtr call) {
  const Process& process = call->context.process;
  const bool ready = process.ready && !process.draining;
  std::string body = "{\"status\":\"";
  body += ready ? "ready" : process.draining ? "draining" : "starting";
  body += "\",\"components\":" + components(*call) + "}";
  call->json(std::move(body), ready ? 200 : 503);
}

void get_realtime_health(CallPtr call) {
  using metrics::ShardMetrics;
  const metrics::Metrics& metrics = *call->context.hub.wiring().metrics;
  const bus::Bus& bus = *call->context.hub.wiring().bus;
  const bool store_ok = call->context.store().state() == store::Store::State::ok;
  const bool ok = store_ok && bus.healthy();
  std::string body = "{";
  append_member(body, "status", call->context.process.draining ? "draining" : ok ? "ok" : "degraded");
  append_member(body, "uptime_s",
                std::chrono::duration<double>(call->now.steady - call->context.process.started).count());
  append_member(body, "connections", static_cast<double>(call->context.process.connections()));
  append_member(body, "agents_connected", sum(metrics, &ShardMetrics::agents_connected));
  append_member(body, "watchers_connected",
                sum(metrics, &ShardMetrics::watchers_connected) + sum(metrics, &ShardMetrics::streams_connected));
  append_member(body, "rooms", sum(metrics, &ShardMetrics::rooms_watched));
  append_member(body, "agents_known", sum(metrics, &ShardMetrics::agents_known));
  append_member(body, "fixes_accepted", sum(metrics, &ShardMetrics::fixes_accepted));
  append_member(body, "updates_out", sum(metrics, &ShardMetrics::updates_out));
  append_member(body, "ingest_to_delivery_p50_ms", delivery_ms(metrics, 0.5));
  append_member(body, "ingest_to_delivery_p99_ms", delivery_ms(metrics, 0.99));
  append_member(body, "store", text_of(call->context.store().state()));
  append_member(body, "redis", !bus.shared() ? "off" : bus.healthy() ? "ok" : "failing");
  call->json(body + "}");
}

void get_metrics(CallPtr call) {
  transport::HttpResponse response;
  response.with("Content-Type", "text/plain; version=0.0.4; charset=utf-8").with("Cache-Control", "no-store");
  response.body = call->context.hub.wiring().metrics->prometheus_text();
  call->responder->respond(std::move(response));
}

}  // namespace fieldcast::api
