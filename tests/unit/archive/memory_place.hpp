// A place in memory that fails at the nth thing that is asked of it.
#pragma once

#include "fieldcast/archive/place.hpp"

#include <algorithm>
#include <map>

namespace fieldcast::archive {

class MemoryPlace final : public Place {
 public:
  std::map<std::string, std::string> objects;
  std::string called = "memory";
  std::size_t asked = 0;
  std::size_t fails_at = 0;  // 0: never
  std::function<void()> before_put = [] {};

  const std::string& name() const override { return called; }

  Result<std::unique_ptr<Source>> open(const std::string& object) override {
    if (!works()) return broken();
    const auto found = objects.find(object);
    if (found == objects.end()) return Error{"archive_missing", "there is no " + object};
    return std::unique_ptr<Source>(std::make_unique<TextSource>(*this, found->second));
  }
  Result<std::unique_ptr<Target>> create() override {
    if (!works()) return broken();
    return std::unique_ptr<Target>(std::make_unique<TextTarget>(*this));
  }
  Result<void> remove(const std::string& object) override {
    if (!works()) return broken();
    objects.erase(object);
    return {};
  }
  Result<std::vector<std::string>> list(const std::string& folder) override {
    if (!works()) return broken();
    std::vector<std::string> names;
    for (const auto& [object, text] : objects)
      if (object.starts_with(folder + "/")) names.push_back(object.substr(folder.size() + 1));
    return names;
  }

 private:
  bool works() { return ++asked != fails_at; }
  static Error broken() { return {"archive_unavailable", "the disk is full"}; }

  class TextSource final : public Source {
   public:
    TextSource(MemoryPlace& place, std::string text) : place_(place), text_(std::move(text)) {}
    Result<std::size_t> read(std::span<char> bytes) override {
      if (!place_.works()) return broken();
      const std::size_t count = text_.copy(bytes.data(), bytes.size(), at_);
      at_ += count;
      return count;
    }

   private:
    MemoryPlace& place_;
    const std::string text_;
    std::size_t at_ = 0;
  };
  class TextTarget final : public Target {
   public:
    explicit TextTarget(MemoryPlace& place) : place_(place) {}
    Result<void> write(std::string_view bytes) override {
      if (!place_.works()) return broken();
      text_.append(bytes);
      return {};
    }
    Result<void> put(const std::string& object) override {
      place_.before_put();
      if (!place_.works()) return broken();
      place_.objects[object] = text_;
      return {};
    }

   private:
    MemoryPlace& place_;
    std::string text_;
  };
};

}  // namespace fieldcast::archive
