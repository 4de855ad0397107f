// Where an archive lies: a folder, or whatever rclone can reach (S3 and the like).
//
// Objects have names such as 2026/11/2026-11-20.json. A reader sees an object whole or not at all where the place
// can give that (a folder and S3 can; some remotes of rclone, SFTP say, cannot), and what was put is known to be there.
// Blocking. Threads: one at a time, but for interrupt().
// Errors: archive_missing (there is no such object), archive_unavailable (the place cannot be read or written: the
// text says why; rclone that is not installed is one of the reasons).
#pragma once

#include "fieldcast/base/result.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::archive {

/// An object that is read, from its beginning.
class Source {
 public:
  virtual ~Source() = default;
  /// How many bytes were read; 0: the object has ended, and all of it was read.
  virtual Result<std::size_t> read(std::span<char> bytes) = 0;
};

/// An object that is written. What is not put leaves nothing behind.
class Target {
 public:
  virtual ~Target() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
  /// Puts what was written under this name, in place of what was there. On success it is there for good: synced to
  /// the disk, or read back from the remote and compared. At most once.
  virtual Result<void> put(const std::string& object) = 0;
};

class Place {
 public:
  virtual ~Place() = default;
  /// The place, for people and for the index: no credentials.
  virtual const std::string& name() const = 0;
  /// That the object is missing may be told by the first read.
  virtual Result<std::unique_ptr<Source>> open(const std::string& object) = 0;
  virtual Result<std::unique_ptr<Target>> create() = 0;
  /// No error when it is not there.
  virtual Result<void> remove(const std::string& object) = 0;
  /// Names of what lies in a folder itself, sorted; none when there is no such folder.
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
  /// What waits for the place now fails, and so does all that is asked later: the process wants to end. A folder keeps
  /// nobody waiting. Threads: any.
  virtual void interrupt() {}
};

/// `place`: a folder (made when something is put), or `rclone:` and an address as rclone takes it: a remote of its
/// configuration (`rclone:backup:fieldcast/positions`) or a backend that is configured by RCLONE_… variables
/// (`rclone::s3:bucket/positions`). Credentials belong there: a connection string with parameters is refused.
/// `rclone`: the program, found as a shell would. Errors: place_unusable.
Result<std::unique_ptr<Place>> make_place(const std::string& place, const std::string& rclone = "rclone");

/// All of an object. Limit: 1 MiB, else archive_unavailable.
Result<std::string> read_all(Place& place, const std::string& object);

}  // namespace fieldcast::archive
