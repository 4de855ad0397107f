// A string that cannot be mistaken for another kind of string.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace fieldcast {

template <class Tag>
class StringId {
 public:
  StringId() = default;
  explicit StringId(std::string text) : text_(std::move(text)) {}
  explicit StringId(std::string_view text) : text_(text) {}
  explicit StringId(const char* text) : text_(text) {}

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const StringId&, const StringId&) = default;
  friend auto operator<=>(const StringId&, const StringId&) = default;

 private:
  std::string text_;
};

}  // namespace fieldcast

template <class Tag>
struct std::hash<fieldcast::StringId<Tag>> {
  std::size_t operator()(const fieldcast::StringId<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
