// What the positions of an agent or of a team come to, by hour and by day.
#include "call.hpp"
#include "fieldcast/base/rfc3339.hpp"

namespace fieldcast::api {

namespace {

using std::chrono::days;
using store::Bucket;

struct Span {
  Bucket bucket = Bucket::hour;
  Timestamp from, to;
};

constexpr days span_max(Bucket bucket) { return bucket == Bucket::hour ? days{31} : days{400}; }

/// Whole buckets: today's, unless the call says otherwise. Nothing: the call was refused.
std::optional<Span> wanted_span(Call& call) {
  Span span;
  if (const auto name = call.request.parameter("bucket")) {
    if (*name != "hour" && *name != "day")
      return call.refuse(outcome::bad_request, "bucket is hour or day"), std::nullopt;
    span.bucket = *name == "hour" ? Bucket::hour : Bucket::day;
  }
  std::optional<Timestamp> from, to;
  if (!read_time(call, "from", from) || !read_time(call, "to", to)) return std::nullopt;
  const Timestamp end = to.value_or(begin_of(Bucket::day, call.now.wall) + days{1});
  const Timestamp last = begin_of(span.bucket, end - milliseconds{1});
  span.from = begin_of(span.bucket, from.value_or(begin_of(Bucket::day, last)));
  span.to = last + length_of(span.bucket);
  if (from.value_or(span.from) >= end) return call.refuse(outcome::bad_request, "from is not before to"), std::nullopt;
  if (span.to - span.from > span_max(span.bucket)) {
    call.refuse(outcome::bad_request, "at most 31 days by hour, 400 days by day");
    return std::nullopt;
  }
  return span;
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
  codec::append_json_string(out, name);
  out += ':';
  codec::append_json_string(out, value);
}

void append_figure(std::string& out, std::string_view name, double value, int decimals_max) {
  out += ",\"";
  out += name;
  out += "\":";
  codec::append_number(out, value, decimals_max);
}

/// Without the braces.
void append_figures(std::string& out, const store::Summary& figures) {
  out += "\"fixes\":" + std::to_string(figures.fixes);
  append_figure(out, "distance_m", figures.distance_m, 1);
  append_figure(out, "moving_s", std::chrono::duration<double>(figures.moving).count(), 0);
  out += ",\"stops\":" + std::to_string(figures.stops);
  if (known(figures.speed_max_mps)) append_figure(out, "speed_max_mps", figures.speed_max_mps, 2);
  if (known(figures.speed_mean_mps())) append_figure(out, "speed_mean_mps", figures.speed_mean_mps(), 2);
  if (!figures.box) return;
  out += ",\"box\":[";
  for (const double side :
       {figures.box->west_deg, figures.box->south_deg, figures.box->east_deg, figures.box->north_deg}) {
    if (out.back() != '[') out += ',';
    codec::append_number(out, side, 7);
  }
  out += ']';
}

/// All that both answers have.
void append_span(std::string& out, const Span& span, Timestamp complete_until,
                 const std::vector<store::SummaryBucket>& buckets) {
  out += span.bucket == Bucket::hour ? ",\"bucket\":\"hour\"," : ",\"bucket\":\"day\",";
  append_text(out, "from", format_rfc3339(span.from));
  out += ',';
  append_text(out, "to", format_rfc3339(span.to));
  out += ',';
  append_text(out, "complete_until", format_rfc3339(complete_until));
  store::Summary total;
  for (const store::SummaryBucket& bucket : buckets) add(total, bucket.figures);
  out += ",\"total\":{";
  append_figures(out, total);
  out += "},\"buckets\":[";
  for (const store::SummaryBucket& bucket : buckets) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_text(out, "begin", format_rfc3339(bucket.begin));
    out += ',';
    append_figures(out, bucket.figures);
    out += '}';
  }
  out += ']';
}

std::string agent_json(const AgentIdentity& agent, const Span& span, const store::AgentSummaries& answer) {
  std::string out = "{";
  append_text(out, "agent", agent.agent.str());
  append_span(out, span, answer.complete_until, answer.buckets);
  return out + "}";
}

std::string team_json(const TeamId& team, const Span& span, const store::TeamSummaries& answer) {
  std::string out = "{";
  append_text(out, "team", team.str());
  append_span(out, span, answer.complete_until, answer.buckets);
  out += ",\"agents\":[";
  for (const store::TeamSummaries::Agent& agent : answer.agents) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_text(out, "agent", agent.agent.str());
    out += ',';
    if (!agent.name.empty()) {
      append_text(out, "name", agent.name);
      out += ',';
    }
    append_figures(out, agent.figures);
    out += '}';
  }
  return out + "]}";
}

}  // namespace

void get_agent_summary(CallPtr call) {
  const AgentIdentityPtr agent = agent_to_see(*call);
  if (!agent) return;
  const auto span = wanted_span(*call);
  if (!span) return;
  const store::SummaryQuery query{agent->key(), span->bucket, span->from, span->to};
  const auto read = [query](store::Reader& reader) { return reader.summaries(query); };
  const auto answer = [call, agent, span](Result<store::AgentSummaries> summaries) {
    if (!summaries) return call->unavailable();
    call->json(agent_json(*agent, *span, *summaries));
  };
  if (!call->context.read(read, answer)) call->unavailable();
}

void get_team_summary(CallPtr call) {
  const TeamKey team{call->claims->org, TeamId(call->captures.at(0))};
  if (!is_valid_id(team.team.str())) return call->refuse(outcome::bad_request, "not a team id");
  if (!access::may_see(*call->claims, team)) return call->refuse(outcome::forbidden);
  const auto span = wanted_span(*call);
  if (!span) return;
  const store::TeamSummaryQuery query{team, span->bucket, span->from, span->to};
  const auto read = [query](store::Reader& reader) { return reader.summaries(query); };
  const auto answer = [call, team, span](Result<store::TeamSummaries> summaries) {
    if (!summaries) return call->unavailable();
    call->json(team_json(team.team, *span, *summaries));
  };
  if (!call->context.read(read, answer)) call->unavailable();
}

}  // namespace fieldcast::api
