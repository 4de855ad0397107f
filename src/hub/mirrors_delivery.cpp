// How a mirror's watchers are told what changed: in step by shared messages, or
// catching up at their own pace.
#include "mirrors.hpp"

namespace fieldcast::hub {

namespace {
// Beyond this much in one update, watchers catch up piece by piece instead of having all queued at once.
constexpr std::size_t shared_messages_max = 32;
constexpr std::size_t shared_bytes_max = 262'144;
}  // namespace

void Hub::Mirrors::take(const RoomUpdate& update) {
  const auto found = mirrors_.find(update.room);
  if (found == mirrors_.end()) return;  // nobody watches any more; the home learns it soon
  Mirror& mirror = *found->second;
  if (update.team != mirror.team) return;  // late word from a team that the agent has left
  switch (update.kind) {
    case RoomUpdate::Kind::whole:
      return start_whole(mirror, update);
    case RoomUpdate::Kind::moved:
      return moved_away(mirror);
    case RoomUpdate::Kind::changes:
      // A room that was left and watched again may still be sent what belongs to its former mirror.
      if (mirror.epoch == update.epoch) deliver_changes(mirror, update);
      return;
  }
}

void Hub::Mirrors::start_whole(Mirror& mirror, const RoomUpdate& update) {
  mirror.epoch = update.epoch;
  mirror.table = rooms::LatestTable();
  mirror.table.restore(update.changes, rooms::cursor_from(update.cursor)->version);
  for (Watcher* watcher : std::vector<Watcher*>(mirror.watchers)) start_watch(*watcher);
}

void Hub::Mirrors::start_watch(Watcher& watcher) {
  const rooms::LatestTable& table = watcher.mirror.table;
  const auto cursor = rooms::cursor_from(watcher.request.since);
  const bool known = cursor && cursor->epoch == watcher.mirror.epoch && cursor->version <= table.version();
  watcher.watch = rooms::Watch(known ? cursor->version : 0, watcher.request.viewport, watcher.request.min_interval);
  watcher.request.since.clear();
  advance(watcher);
}

void Hub::Mirrors::deliver_changes(Mirror& mirror, const RoomUpdate& update) {
  const rooms::Version before = mirror.table.version();
  for (const rooms::Change& change : update.changes) mirror.table.apply(change);
  // An agent's room stands where its team does, though others moved: its cursors must be known here.
  mirror.table.restore({}, rooms::cursor_from(update.cursor)->version);
  const rooms::Version after = mirror.table.version();
  std::uint64_t told = 0;
  std::uint64_t behind = 0;
  const bool large = update.messages.size() > shared_messages_max || update.bytes > shared_bytes_max;
  for (Watcher* watcher : mirror.watchers) {
    Client& client = watcher->member.client;
    if (!watcher->watch.in_step(before) || !client.ready() || large) {
      ++behind;
      advance(*watcher);
      continue;
    }
    for (const MessagePtr& message : update.messages) {
      client.deliver({message, &message == &update.messages.back() ? update.cursor : update.cursor_before, true});
    }
    watcher->watch.advance(after);
    ++told;
  }
  metrics::ShardMetrics& metrics = hub_.metrics();
  metrics::count(metrics.updates_out, told * update.messages.size());
  metrics::count(metrics.positions_out, told * update.positions);
  metrics::count(metrics.updates_coalesced, behind);
  if (told != 0 && update.positions != 0) {
    metrics.ingest_to_delivery.observe(read_clock().steady - update.decoded_at, told);
  }
}

void Hub::Mirrors::advance(Watcher& watcher) {
  if (watcher.mirror.epoch == 0) return;
  const rooms::LatestTable& table = watcher.mirror.table;
  while (watcher.watch.behind(table) && watcher.member.client.ready()) {
    const SteadyTime now = read_clock().steady;
    if (!watcher.watch.snapshot_due() && watcher.watch.not_before() > now) {
      return wait_until(watcher, watcher.watch.not_before());
    }
    const bool snapshot = watcher.watch.snapshot_due();
    const rooms::Version before = watcher.watch.version();
    watcher.watch.collect(table, snapshot ? settings_.snapshot_part_bytes : settings_.update_bytes, collected_);
    tell(watcher, before);
    if (collected_.complete) watcher.watch.delivered(now);
  }
}

void Hub::Mirrors::tell(Watcher& watcher, rooms::Version before) {
  const std::string cursor = rooms::to_string(rooms::Cursor{watcher.mirror.epoch, collected_.upto});
  left_.clear();
  for (const rooms::SlotIndex slot : collected_.left) left_.push_back(watcher.mirror.table.slot(slot).agent.str());
  if (!collected_.snapshot) {
    return tell_update(
        watcher, rooms::to_string(rooms::Cursor{watcher.mirror.epoch, collected_.upto == 0 ? 0 : before}), cursor);
  }
  tell_snapshot(watcher, cursor);
  if (!collected_.complete) return;
  watcher.watch.snapshot_done();
  watcher.request.request_id.reset();  // a later snapshot answers no request
}

void Hub::Mirrors::tell_snapshot(Watcher& watcher, std::string_view cursor) {
  agents_json_.assign("[");
  for (const rooms::SlotIndex index : collected_.moved) {
    const rooms::Slot& slot = watcher.mirror.table.slot(index);
    if (agents_json_.size() > 1) agents_json_ += ',';
    codec::append_agent_entry(agents_json_, *slot.fragment, slot.presence, slot.presence_since);
  }
  agents_json_ += ']';
  std::optional<codec::SnapshotPart> part;
  if (collected_.part > 1 || !collected_.complete) part = codec::SnapshotPart{collected_.part, collected_.complete};
  const std::string text = codec::snapshot(watcher.request.request_id, watcher.mirror.name, cursor, collected_.resumed,
                                           agents_json_, part, left_);
  metrics::count(hub_.metrics().snapshots_out);
  metrics::count(hub_.metrics().positions_out, collected_.moved.size());
  const bool news = !collected_.resumed || !collected_.empty();
  watcher.member.client.deliver({make_message(text), cursor, news});
}

// As in an update for all: only the last message carries the new cursor.
void Hub::Mirrors::tell_update(Watcher& watcher, std::string_view before, std::string_view after) {
  const Mirror& mirror = watcher.mirror;
  Client& client = watcher.member.client;
  fragments_.clear();
  for (const rooms::SlotIndex slot : collected_.moved) fragments_.push_back(*mirror.table.slot(slot).fragment);
  if (!fragments_.empty() || !left_.empty()) {
    const std::string_view cursor = collected_.presence.empty() ? after : before;
    client.deliver({make_message(codec::update(mirror.name, cursor, fragments_, left_)), cursor, true});
    metrics::count(hub_.metrics().updates_out);
    metrics::count(hub_.metrics().positions_out, fragments_.size());
  }
  for (const rooms::SlotIndex index : collected_.presence) {
    const std::string_view cursor = index == collected_.presence.back() ? after : before;
    const rooms::Slot& slot = mirror.table.slot(index);
    const std::string text = codec::presence(mirror.name, cursor, slot.agent, slot.presence, slot.presence_since);
    client.deliver({make_message(text), cursor, true});
  }
}

void Hub::Mirrors::wait_until(Watcher& watcher, SteadyTime due) {
  if (watcher.due == due) return;
  forget_due(watcher);
  watcher.due = due;
  due_.emplace(due, &watcher);
  arm();
}

void Hub::Mirrors::forget_due(Watcher& watcher) {
  if (watcher.due == SteadyTime{}) return;
  due_.erase({watcher.due, &watcher});
  watcher.due = SteadyTime{};
}

void Hub::Mirrors::arm() {
  if (due_.empty() || (armed_for_ != SteadyTime{} && armed_for_ <= due_.begin()->first)) return;
  armed_for_ = due_.begin()->first;
  timer_.expires_at(armed_for_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    armed_for_ = SteadyTime{};
    const SteadyTime now = read_clock().steady;
    while (!due_.empty() && due_.begin()->first <= now) {
      Watcher& watcher = *due_.begin()->second;
      forget_due(watcher);
      advance(watcher);
    }
    arm();
  });
}

}  // namespace fieldcast::hub
