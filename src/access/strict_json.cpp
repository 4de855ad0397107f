#include "strict_json.hpp"

#include <set>
#include <vector>

namespace fieldcast::access {
namespace {

constexpr int depth_max = 32;

}  // namespace

std::optional<nlohmann::json> parse_object(std::string_view text) {
  // The parser takes a zero byte for the end of the text and would ignore all behind it.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  using Event = nlohmann::json::parse_event_t;
  std::vector<std::set<std::string>> names;  // of the objects that are open
  bool refused = false;
  const auto on_event = [&](int depth, Event event, nlohmann::json& parsed) {
    if (depth > depth_max) refused = true;
    if (refused) return false;
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end) names.pop_back();
    if (event == Event::key) refused = !names.back().insert(parsed.get_ref<const std::string&>()).second;
    return !refused;
  };
  auto parsed = nlohmann::json::parse(text.begin(), text.end(), on_event, /*allow_exceptions=*/false);
  if (refused || !parsed.is_object()) return std::nullopt;
  return parsed;
}

const nlohmann::json* member(const nlohmann::json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

const std::string* text_member(const nlohmann::json& object, std::string_view name) {
  const auto* found = member(object, name);
  return found != nullptr && found->is_string() ? found->get_ptr<const std::string*>() : nullptr;
}

}  // namespace fieldcast::access
