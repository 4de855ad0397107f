#include "checksum.hpp"
#include "child.hpp"
#include "places.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>

namespace fieldcast::archive {
namespace {

constexpr int directory_not_found = 3, file_not_found = 4;  // rclone's exit codes

/// `https://user:password@host` without what stands before the host.
std::string without_credentials(std::string text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const std::size_t end = std::min(text.find_first_of("/ \"?", at + 3), text.size());
    const std::size_t sign = text.rfind('@', end);
    if (sign != std::string::npos && sign > at) text.erase(at + 3, sign + 1 - (at + 3));
  }
  return text;
}

Error rclone_error(const std::string& what, const Child::End& end) {
  const std::string code = end.code > 0 ? " (exit code " + std::to_string(end.code) + ")" : "";
  return {"archive_unavailable", "rclone " + what + " failed" + code + ": " + without_credentials(end.complaint)};
}

/// `command`: the program, what it shall do, and flags.
Result<std::unique_ptr<Child>> start(std::vector<std::string> command, const std::vector<std::string>& paths,
                                     const std::shared_ptr<const Stop>& stop) {
  // It asks nobody for a password, gives up on a peer that is silent, and tries again itself.
  for (const char* flag :
       {"--ask-password=false", "--contimeout=15s", "--timeout=60s", "--retries=3", "--low-level-retries=3", "--"})
    command.emplace_back(flag);
  const std::string program = command.front();
  command.insert(command.end(), paths.begin(), paths.end());
  auto child = Child::start(command, stop);
  if (!child && child.error().code == "program_missing")
    return Error{"archive_unavailable", "the archive's place begins with rclone:, but there is no program " + program};
  return child;
}

/// Runs it to its end; `output` may be null.
Result<Child::End> run(std::vector<std::string> command, const std::vector<std::string>& paths,
                       const std::shared_ptr<const Stop>& stop, std::string* output) {
  auto child = start(std::move(command), paths, stop);
  if (!child) return child.error();
  std::array<char, 4'096> piece;
  for (;;) {
    const auto read = (*child)->read(piece);
    if (!read) return read.error();
    if (*read == 0) return (*child)->wait();
    if (output != nullptr) output->append(piece.data(), *read);
  }
}

class RcloneSource final : public Source {
 public:
  RcloneSource(std::unique_ptr<Child> child, std::string object)
      : child_(std::move(child)), object_(std::move(object)) {}
  Result<std::size_t> read(std::span<char> bytes) override {
    const auto read = child_->read(bytes);
    if (!read || *read > 0) return read;
    const Child::End end = child_->wait();
    if (end.code == directory_not_found || end.code == file_not_found)
      return Error{"archive_missing", "there is no " + object_};
    if (end.code != 0) return rclone_error("cat", end);
    return std::size_t{0};
  }

 private:
  const std::unique_ptr<Child> child_;
  const std::string object_;
};

class RclonePlace;

/// Written to a file of our own first, in $TMPDIR: a remote wants to know the size, and may ask for it again.
class RcloneTarget final : public Target {
 public:
  RcloneTarget(RclonePlace& place, std::string path, File file)
      : place_(place), path_(std::move(path)), file_(std::move(file)) {}
  ~RcloneTarget() override { ::unlink(path_.c_str()); }
  Result<void> write(std::string_view bytes) override {
    checksum_.add(bytes);
    return file_.write(bytes);
  }
  Result<void> put(const std::string& object) override;

 private:
  RclonePlace& place_;
  const std::string path_;
  const File file_;
  Checksum checksum_;
};

class RclonePlace final : public Place {
 public:
  RclonePlace(const std::string& remote, const std::string& program)
      : remote_(remote), program_(program), name_("rclone:" + remote) {}
  const std::string& name() const override { return name_; }
  void interrupt() override { stop_->raise(); }

  Result<std::unique_ptr<Source>> open(const std::string& object) override {
    auto child = start({program_, "cat"}, {path_of(object)}, stop_);
    if (!child) return child.error();
    return std::unique_ptr<Source>(std::make_unique<RcloneSource>(std::move(*child), object));
  }

  Result<std::unique_ptr<Target>> create() override {
    std::error_code error;
    std::string path = (std::filesystem::temp_directory_path(error) / "fieldcast-archive-XXXXXX").string();
    File file(::mkostemp(path.data(), O_CLOEXEC));
    if (!file.is_open()) return file_error("cannot make a temporary file");
    return std::unique_ptr<Target>(std::make_unique<RcloneTarget>(*this, path, std::move(file)));
  }

  Result<void> remove(const std::string& object) override {
    const std::size_t slash = object.rfind('/');
    const auto names = list(object.substr(0, slash));
    if (!names) return names.error();
    if (!std::ranges::binary_search(*names, object.substr(slash + 1))) return {};
    const auto end = run({program_, "deletefile"}, {path_of(object)}, stop_, nullptr);
    if (!end) return end.error();
    if (end->code != 0) return rclone_error("deletefile", *end);
    return {};
  }

  Result<std::vector<std::string>> list(const std::string& folder) override {
    std::string output;
    const auto end = run({program_, "lsf", "--files-only"}, {path_of(folder)}, stop_, &output);
    if (!end) return end.error();
    std::vector<std::string> names;
    if (end->code == directory_not_found) return names;
    if (end->code != 0) return rclone_error("lsf", *end);
    for (std::string_view rest(output); !rest.empty();) {
      const std::size_t line_end = std::min(rest.find('\n'), rest.size());
      if (line_end > 0) names.emplace_back(rest.substr(0, line_end));
      rest.remove_prefix(std::min(line_end + 1, rest.size()));
    }
    std::ranges::sort(names);
    return names;
  }

  /// Although it has the same size and time: not every remote keeps times.
  Result<void> upload(const std::string& file, const std::string& object) const {
    const auto end = run({program_, "copyto", "--ignore-times"}, {file, path_of(object)}, stop_, nullptr);
    if (!end) return end.error();
    if (end->code != 0) return rclone_error("copyto", *end);
    return {};
  }

 private:
  std::string path_of(const std::string& object) const {
    const bool ends = remote_.ends_with(':') || remote_.ends_with('/');
    return remote_ + (ends ? "" : "/") + object;
  }

  const std::string remote_;
  const std::string program_;
  const std::string name_;
  const std::shared_ptr<const Stop> stop_ = std::make_shared<const Stop>();
};

/// Not every remote has a hash, and one with a hash may only repeat ours: what lies there is read.
Result<void> RcloneTarget::put(const std::string& object) {
  if (auto uploaded = place_.upload(path_, object); !uploaded) return uploaded;
  auto source = place_.open(object);
  if (!source) return source.error();
  std::array<char, 65'536> piece;
  Checksum there;
  for (;;) {
    const auto read = (*source)->read(piece);
    if (!read) return read.error();
    if (*read == 0) break;
    there.add({piece.data(), *read});
  }
  if (there.finish() != checksum_.finish())
    return Error{"archive_unavailable", "the remote gives back something else than was written to " + object};
  return {};
}

}  // namespace

Result<std::unique_ptr<Place>> make_rclone_place(const std::string& remote, const std::string& program) {
  if (remote.empty()) return Error{"place_unusable", "rclone: and no remote"};
  // `name,key=value:path`. A process list, a log and the index of the archive would show it.
  const std::size_t name_end = remote.find(':', 1);
  if (remote.find(',') < name_end && name_end != std::string::npos)
    return Error{"place_unusable",
                 "a remote of rclone with parameters: put them into its configuration or RCLONE_ variables"};
  return std::unique_ptr<Place>(std::make_unique<RclonePlace>(remote, program));
}

}  // namespace fieldcast::archive
