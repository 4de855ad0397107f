#include "day_object.hpp"
#include "fieldcast/archive/archive.hpp"
#include "noted.hpp"

namespace fieldcast::archive {
namespace {

Result<Manifest> write_without(Place& place, const Manifest& manifest, const AgentKey& agent) {
  auto reader = open_day(place, manifest);
  if (!reader) return reader.error();
  auto target = place.create();
  if (!target) return target.error();
  DayWriter writer(std::move(*target));
  Row row;
  for (;;) {
    const auto next = (*reader)->next(row);
    if (!next) return next.error();
    if (!*next) break;
    if (row.agent.org != agent.org || row.agent.agent != agent.agent) writer.add(row.agent, row.position);
  }
  return writer.put(manifest.day, read_clock().wall);
}

/// The former object goes before the index forgets the agent: what is cut off is done again.
Result<void> erase_from_day(store::Keeper& keeper, Place& place, Day day, const AgentKey& agent) {
  const auto known = find_known(keeper, place, day);
  if (!known) return known.error();
  if (!known->manifest) return keeper.forget_archived(day);
  const auto rewritten = write_without(place, *known->manifest, agent);
  if (!rewritten) return rewritten.error();
  const auto present = read_manifest(place, day);
  if (!present) return present.error();
  if (*present != known->manifest) return Error{"day_changing", to_string(day) + " is being archived meanwhile"};
  if (auto put = write_manifest(place, *rewritten); !put) return put;
  if (auto removed = remove_others(place, *rewritten); !removed) return removed;
  return keeper.forget_archived(day, agent, note_of(*rewritten, place));
}

}  // namespace

Result<std::size_t> erase_from_archive(store::Keeper& keeper, Place& place, const AgentKey& agent) {
  const auto traces = keeper.traces_of(agent);
  if (!traces) return traces.error();
  for (const Day day : traces->archived)
    if (const auto erased = erase_from_day(keeper, place, day, agent); !erased) return erased.error();
  return traces->archived.size();
}

}  // namespace fieldcast::archive
