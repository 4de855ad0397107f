// Days of history outside of the database: each a compressed text (day_text.hpp) and a manifest with its checksums.
//
// An archive only ever gains rows: a day that is archived again, after late fixes or after some of its rows were
// removed from the database, has the rows that it had and those that came. Where both have a row of the same agent and
// time, the archive's stays: the first to come stays, as in history. Rows leave it by erase_from_archive alone.
//
// A day is written beside the one before it, and the manifest then names it in one step; a call that was cut off
// anywhere leaves the day as it was, and the next one goes on. Memory does not grow with the day.
// Two processes may work on the same archive; on the same day the later one begins anew.
// Blocking. Threads: one at a time for each Keeper and Place. Cost: see docs/operations.md.
//
// Errors: those of the keeper and the place, and
//   archive_missing    the day was archived, but does not lie in the place
//   archive_elsewhere  the day was archived at another place
//   archive_damaged    what lies there is not what was written
//   archive_unknown    what lies there was never noted in this database and has rows that it has not
//   day_changing       rows came or went as often as it was tried
#pragma once

#include "fieldcast/archive/place.hpp"
#include "fieldcast/store/engine.hpp"
#include "fieldcast/store/keeper.hpp"

#include <vector>

namespace fieldcast::archive {

using store::Day;

/// What a day begins with that was archived before.
enum class Start : std::uint8_t {
  with_what_is_there,
  anew,  // the database's rows alone, whatever the archive has: it is lost
};

/// Writes what the database has of a day, verifies that it lies there, and notes it with its agents. Nothing is
/// written when the archive holds all of it already. Returns what is noted.
Result<store::ArchivedDay> archive_day(store::Keeper& keeper, Place& place, Day day,
                                       Start start = Start::with_what_is_there);

/// True: the archive has every row that the database has of this day, and can be read back, checksum for checksum.
/// Both are read from beginning to end: this is what is asked before rows are dropped.
Result<bool> holds(store::Keeper& keeper, Place& place, Day day);

/// Days before `today` that have rows and are not noted as archived, or that have more rows than their archive.
Result<std::vector<Day>> days_to_archive(store::Keeper& keeper, Day today);

/// Reads what was noted of a day and compares checksums: those of the manifest, and the one that was noted.
Result<void> verify_day(store::Keeper& keeper, Place& place, Day day);

/// Writes every day that holds the agent again, without it. Returns how many days. One that fails ends it; those before
/// are done, and it may be called again.
Result<std::size_t> erase_from_archive(store::Keeper& keeper, Place& place, const AgentKey& agent);

struct Restored {
  std::uint64_t rows = 0;      // of the archive
  std::uint64_t accepted = 0;  // the others were in the history
};
/// Reads a day back into history, which holds it until then. First all of it is read and compared with its checksums
/// (and with the one that was noted, where one was), then it is committed, a thousand rows at a time: what was cut off
/// may be done again. Agents that are known keep their present team and name. Days that the database did not know to
/// be archived are noted.
Result<Restored> restore_day(store::Keeper& keeper, store::Writer& writer, store::Reader& reader, Place& place, Day day,
                             Day hold_until);

}  // namespace fieldcast::archive
