#include "file.hpp"
#include "places.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

namespace fieldcast::archive {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view unfinished = ".unfinished-";
constexpr std::chrono::hours unfinished_kept_for{24};

Error unusable(const std::string& what, const std::error_code& error) { return file_error(what, error.value()); }

/// What a folder names is on the disk only when the folder is.
Result<void> sync_folder(const fs::path& folder) {
  const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.is_open()) return file_error("cannot open " + folder.string());
  if (::fsync(file.get()) != 0) return file_error("cannot sync " + folder.string());
  return {};
}

/// Each folder that is made, in the one above it.
Result<void> make_folders(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return {};
  if (folder.has_parent_path() && folder.parent_path() != folder)
    if (auto made = make_folders(folder.parent_path()); !made) return made;
  fs::create_directory(folder, error);
  if (error && !fs::is_directory(folder)) return unusable("cannot make " + folder.string(), error);
  return sync_folder(folder.parent_path());
}

class FileSource final : public Source {
 public:
  explicit FileSource(File file) : file_(std::move(file)) {}
  Result<std::size_t> read(std::span<char> bytes) override { return file_.read(bytes); }

 private:
  const File file_;
};

class FileTarget final : public Target {
 public:
  FileTarget(fs::path root, fs::path path, File file)
      : root_(std::move(root)), path_(std::move(path)), file_(std::move(file)) {}
  ~FileTarget() override {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Result<void> write(std::string_view bytes) override { return file_.write(bytes); }
  Result<void> put(const std::string& object) override {
    if (::fsync(file_.get()) != 0) return file_error("cannot sync to the archive");
    const fs::path path = root_ / object;
    if (auto made = make_folders(path.parent_path()); !made) return made;
    if (::rename(path_.c_str(), path.c_str()) != 0) return file_error("cannot write " + path.string());
    path_.clear();
    return sync_folder(path.parent_path());
  }

 private:
  const fs::path root_;
  fs::path path_;
  const File file_;
};

class DirectoryPlace final : public Place {
 public:
  explicit DirectoryPlace(const fs::path& root) : root_(root), name_(root.string()) {}
  const std::string& name() const override { return name_; }

  Result<std::unique_ptr<Source>> open(const std::string& object) override {
    const fs::path path = root_ / object;
    File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.is_open()) return std::unique_ptr<Source>(std::make_unique<FileSource>(std::move(file)));
    if (errno == ENOENT || errno == ENOTDIR) return Error{"archive_missing", "there is no " + path.string()};
    return file_error("cannot read " + path.string());
  }

  Result<std::unique_ptr<Target>> create() override {
    if (auto made = make_folders(root_); !made) return made.error();
    remove_leftovers();
    std::string path = (root_ / (std::string(unfinished) + "XXXXXX")).string();
    File file(::mkostemp(path.data(), O_CLOEXEC));
    if (!file.is_open()) return file_error("cannot write into " + name_);
    ::fchmod(file.get(), 0640);
    return std::unique_ptr<Target>(std::make_unique<FileTarget>(root_, path, std::move(file)));
  }

  Result<void> remove(const std::string& object) override {
    const fs::path path = root_ / object;
    if (::unlink(path.c_str()) == 0) return sync_folder(path.parent_path());
    if (errno == ENOENT || errno == ENOTDIR) return {};
    return file_error("cannot remove " + path.string());
  }

  Result<std::vector<std::string>> list(const std::string& folder) override {
    std::error_code error;
    std::vector<std::string> names;
    for (auto entry = fs::directory_iterator(root_ / folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
      if (entry->is_regular_file(error)) names.push_back(entry->path().filename().string());
    if (error && error != std::errc::no_such_file_or_directory) return unusable("cannot list " + folder, error);
    std::ranges::sort(names);
    return names;
  }

 private:
  /// Of processes that were killed. They are as large as days.
  void remove_leftovers() const {
    std::error_code error;
    for (auto entry = fs::directory_iterator(root_, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      std::error_code ignored;
      const bool left = entry->path().filename().string().starts_with(unfinished) &&
                        fs::file_time_type::clock::now() - entry->last_write_time(ignored) > unfinished_kept_for;
      if (left && !ignored) fs::remove(entry->path(), ignored);
    }
  }

  const fs::path root_;
  const std::string name_;
};

}  // namespace

Result<std::unique_ptr<Place>> make_directory_place(const std::string& folder) {
  std::error_code error;
  fs::path path = fs::absolute(folder, error).lexically_normal();
  if (!error && path.filename().empty()) path = path.parent_path();  // a/b/ is a/b
  if (error || (fs::exists(path, error) && !fs::is_directory(path, error)))
    return Error{"place_unusable", folder + " is no folder"};
  return std::unique_ptr<Place>(std::make_unique<DirectoryPlace>(path));
}

}  // namespace fieldcast::archive
