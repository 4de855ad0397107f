// History and quarantine: read from the store in pages.
//
// A track is streamed: one page is read, written, and the next is asked for when
// the socket has room, so a year of positions needs the memory of a page.
#include "call.hpp"
#include "fieldcast/base/rfc3339.hpp"
#include "fieldcast/codec/track_writer.hpp"

#include <charconv>

namespace fieldcast::api {

namespace {

using Page = Result<std::vector<Position>>;

class Export : public std::enable_shared_from_this<Export> {
 public:
  Export(CallPtr call, store::HistoryQuery query, std::string name, codec::TrackFormat format, std::size_t wanted)
      : call_(std::move(call)),
        query_(std::move(query)),
        name_(std::move(name)),
        format_(format),
        writer_(codec::make_track_writer(format)),
        wanted_(wanted) {}

  void start() {
    if (call_->request.method == "HEAD") return call_->responder->respond(head());
    if (!read_next()) call_->unavailable();
  }

 private:
  bool read_next() {
    query_.limit = std::min(call_->context.settings.page_positions, wanted_);
    const auto read = [query = query_](store::Reader& reader) { return reader.history(query); };
    return call_->context.read(read, [self = shared_from_this()](Page page) { self->take(std::move(page)); });
  }

  void take(Page page) {
    if (!page) {
      // Before the head is out this is an answer; afterwards only a cut shows that the track is not whole.
      if (!begun_) return call_->unavailable();
      if (stream_) stream_->abort();
      return;
    }
    if (!begun_ && !begin()) return;
    if (!stream_) return;
    const std::vector<Position>& positions = *page;
    std::string text = std::exchange(opening_, {});
    writer_->page(text, positions);
    wanted_ -= positions.size();
    const bool exhausted = positions.size() < query_.limit;
    if (!positions.empty()) query_.after = positions.back().fix.recorded_at;
    if (exhausted || wanted_ == 0) {
      const std::string cursor = exhausted ? std::string() : std::to_string(to_unix_ms(*query_.after));
      writer_->end(text, cursor);
      stream_->write(std::move(text));
      stream_->finish();
      return;
    }
    stream_->write(std::move(text));
    if (stream_->ready()) {
      go_on();
    } else {
      paused_ = true;
    }
  }

  transport::HttpResponse head() const {
    transport::HttpResponse head;
    head.with("Content-Type", std::string(codec::content_type(format_))).with("Cache-Control", "no-store");
    return head;
  }

  bool begin() {
    begun_ = true;
    transport::StreamEvents events;
    events.on_writable = [self = shared_from_this()] {
      if (std::exchange(self->paused_, false)) self->go_on();
    };
    events.on_closed = [self = shared_from_this()] { self->stream_.reset(); };
    stream_ = call_->responder->stream(head(), std::move(events));
    if (stream_) writer_->begin(opening_, query_.agent.agent, name_);
    return stream_ != nullptr;
  }

  void go_on() {
    if (stream_ && !read_next()) stream_->abort();
  }

  CallPtr call_;
  store::HistoryQuery query_;
  std::string name_;
  codec::TrackFormat format_;
  std::unique_ptr<codec::TrackWriter> writer_;
  std::size_t wanted_;
  std::shared_ptr<transport::HttpStream> stream_;
  std::string opening_;  // of the document
  bool begun_ = false;
  bool paused_ = false;
};

// Nothing: the call was refused.
std::optional<codec::TrackFormat> wanted_format(Call& call) {
  if (const auto name = call.request.parameter("format")) {
    const auto format = codec::track_format_from_name(*name);
    if (!format) call.refuse(outcome::bad_request, "format is one of json, geojson, gpx, csv");
    return format;
  }
  const auto format = codec::track_format_from_accept(call.request.header("accept"));
  if (!format) call.refuse(outcome::not_acceptable, "json, geojson, gpx and csv can be had");
  return format;
}

bool read_cursor(Call& call, std::optional<std::uint64_t>& cursor) {
  const auto text = call.request.parameter("cursor");
  if (!text) return true;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error == std::errc{} && end == text->data() + text->size() && number < (1ull << 62)) {
    cursor = number;
    return true;
  }
  call.refuse(outcome::bad_request, "cursor is none of ours");
  return false;
}

std::string records_json(const std::vector<store::QuarantineRecord>& records, std::size_t limit) {
  std::string out = "{\"records\":[";
  for (const store::QuarantineRecord& record : records) {
    if (out.back() != '[') out += ',';
    out += "{\"id\":" + std::to_string(record.id) + ",\"agent\":";
    codec::append_json_string(out, record.agent.str());
    out += ",\"team\":";
    codec::append_json_string(out, record.team.str());
    out += ",\"code\":";
    codec::append_json_string(out, record.code);
    out += ",\"record\":";
    codec::append_json_string(out, record.record);
    out += ",\"received_at\":\"";
    append_rfc3339(out, record.received_at);
    out += "\"}";
  }
  out += "],\"next_cursor\":";
  out += records.size() < limit ? "null" : "\"" + std::to_string(records.back().id) + "\"";
  return out + "}";
}

// False: the call was refused.
bool scope_quarantine(Call& call, store::QuarantineQuery& query) {
  const access::Claims& claims = *call.claims;
  if (const auto agent = call.request.parameter("agent")) query.agent = AgentId(*agent);
  if (claims.role == access::Role::agent) {
    if (query.agent && query.agent->str() != claims.user.str()) return call.refuse(outcome::forbidden), false;
    query.agent = AgentId(claims.user.str());
    return true;
  }
  if (const auto team = call.request.parameter("team")) {
    const bool gateway = claims.role == access::Role::gateway;
    const bool own = gateway && access::may_report_for(claims, {claims.org, AgentId()}, TeamId(*team));
    if (!own && !access::may_see(claims, TeamKey{claims.org, TeamId(*team)}))
      return call.refuse(outcome::forbidden), false;
    query.teams = std::vector<TeamId>{TeamId(*team)};
  } else if (claims.role == access::Role::gateway) {
    query.teams = claims.teams;
    if (!claims.team.empty()) query.teams->push_back(claims.team);
  } else if (!claims.all_teams) {
    query.teams = claims.teams;
  }
  return true;
}

}  // namespace

AgentIdentityPtr agent_to_see(Call& call) {
  const AgentKey key{call.claims->org, AgentId(call.captures.at(0))};
  AgentIdentityPtr agent = call.context.directory().find(key);
  if (agent && access::may_see(*call.claims, *agent)) return agent;
  const bool may_know = call.claims->all_teams || call.claims->user.str() == key.agent.str();
  call.refuse(!agent && may_know ? outcome::room_unknown : outcome::forbidden);
  return nullptr;
}

void get_history(CallPtr call) {
  const AgentIdentityPtr agent = agent_to_see(*call);
  if (!agent) return;
  store::HistoryQuery query;
  query.agent = agent->key();
  std::optional<Timestamp> from, to;
  std::optional<double> limit;
  std::optional<std::uint64_t> cursor;
  if (!read_time(*call, "from", from) || !read_time(*call, "to", to) || !read_number(*call, "limit", 1, 1e9, limit) ||
      !read_cursor(*call, cursor)) {
    return;
  }
  const auto format = wanted_format(*call);
  if (!format) return;
  query.from = from.value_or(query.from);
  query.to = to.value_or(query.to);
  if (cursor) query.after = from_unix_ms(static_cast<std::int64_t>(*cursor));
  // A page of json is what an app shows; the other formats are documents, whole unless a limit is given.
  const double all = *format == codec::TrackFormat::json ? 1'000 : 1e15;
  const auto wanted = static_cast<std::size_t>(limit.value_or(all));
  std::make_shared<Export>(call, std::move(query), agent->name, *format, wanted)->start();
}

void get_quarantine(CallPtr call) {
  store::QuarantineQuery query;
  query.org = call->claims->org;
  std::optional<double> limit;
  std::optional<std::uint64_t> cursor;
  if (!read_number(*call, "limit", 1, 1'000, limit) || !read_cursor(*call, cursor) || !scope_quarantine(*call, query))
    return;
  query.limit = static_cast<std::size_t>(limit.value_or(100));
  query.before = cursor.value_or(0);
  const auto read = [query](store::Reader& reader) { return reader.quarantine(query); };
  const auto answer = [call, most = query.limit](Result<std::vector<store::QuarantineRecord>> records) {
    if (!records) return call->unavailable();
    call->json(records_json(*records, most));
  };
  if (!call->context.read(read, answer)) call->unavailable();
}

}  // namespace fieldcast::api
