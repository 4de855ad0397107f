// The kinds of keys: each reads its default where it will write the value.
//
// `field` leads to the member of Config: [](Config& config) -> auto& { return config.…; }
#pragma once

#include "key.hpp"

#include <algorithm>
#include <cmath>
#include <ratio>
#include <type_traits>

namespace fieldcast::config {

struct Range {
  std::int64_t least, most;
  std::string text() const { return "must be from " + std::to_string(least) + " to " + std::to_string(most); }
  bool holds(std::int64_t number) const { return number >= least && number <= most; }
};

/// Says what is wrong with one text, or nothing.
using TextCheck = std::optional<std::string> (*)(const std::string& text);

inline std::int64_t count_of(std::integral auto number) { return static_cast<std::int64_t>(number); }
template <class Rep, class Period>
std::int64_t count_of(std::chrono::duration<Rep, Period> time) {
  return static_cast<std::int64_t>(time.count());
}

/// A whole number or a duration; a duration's unit is that of the member.
template <class Field>
Key number(std::string name, std::string unit, Range range, std::string help, Field field) {
  Config defaults;
  const auto assign = [range, field](Config& config, const Value& value) -> std::optional<std::string> {
    const std::int64_t given = std::get<std::int64_t>(value);
    if (!range.holds(given)) return range.text();
    auto& member = field(config);
    member = std::remove_reference_t<decltype(member)>(given);
    return std::nullopt;
  };
  return {std::move(name), std::move(unit), std::move(help), count_of(field(defaults)), assign};
}

template <class Field>
Key duration(std::string name, Range range, std::string help, Field field) {
  using Member = std::remove_reference_t<decltype(field(std::declval<Config&>()))>;
  using Period = typename Member::period;
  static_assert(std::is_same_v<Period, std::milli> || std::is_same_v<Period, std::ratio<1>>);
  return number(std::move(name), std::is_same_v<Period, std::milli> ? "ms" : "s", range, std::move(help), field);
}

template <class Field>
Key metres(std::string name, double least, double most, std::string help, Field field) {
  Config defaults;
  const auto assign = [least, most, field](Config& config, const Value& value) -> std::optional<std::string> {
    const double given = std::get<double>(value);
    if (!(given >= least && given <= most)) return "must be from " + to_toml(least) + " to " + to_toml(most);
    field(config) = given;
    return std::nullopt;
  };
  return {std::move(name), "m", std::move(help), static_cast<double>(field(defaults)), assign};
}

template <class Field>
Key yes_no(std::string name, std::string help, Field field) {
  Config defaults;
  const auto assign = [field](Config& config, const Value& value) -> std::optional<std::string> {
    field(config) = std::get<bool>(value);
    return std::nullopt;
  };
  return {std::move(name), "", std::move(help), field(defaults), assign};
}

inline std::optional<std::string> any_text(const std::string&) { return std::nullopt; }
inline std::optional<std::string> not_empty(const std::string& text) {
  return text.empty() ? std::optional<std::string>("must not be empty") : std::nullopt;
}

inline std::string text_of(const std::string& text) { return text; }
inline std::string text_of(const std::optional<std::string>& text) { return text.value_or(""); }

/// An optional<string> member is absent when the text is empty.
template <class Field>
Key text(std::string name, TextCheck check, std::string help, Field field) {
  Config defaults;
  const auto assign = [check, field](Config& config, const Value& value) -> std::optional<std::string> {
    const std::string& given = std::get<std::string>(value);
    if (auto wrong = check(given)) return wrong;
    field(config) = given;
    if constexpr (requires { field(config).reset(); }) {
      if (given.empty()) field(config).reset();
    }
    return std::nullopt;
  };
  return {std::move(name), "", std::move(help), text_of(field(defaults)), assign};
}

template <class Field>
Key choice(std::string name, std::vector<std::string> choices, std::string help, Field field) {
  Config defaults;
  std::string among = "must be one of";
  for (const auto& one : choices) among += ' ' + one;
  const auto assign = [choices, among, field](Config& config, const Value& value) -> std::optional<std::string> {
    const std::string& given = std::get<std::string>(value);
    if (std::find(choices.begin(), choices.end(), given) == choices.end()) return among;
    field(config) = given;
    return std::nullopt;
  };
  return {std::move(name), "", std::move(help), field(defaults), assign};
}

template <class Field>
Key list(std::string name, TextCheck check, std::string help, Field field) {
  Config defaults;
  const auto assign = [check, field](Config& config, const Value& value) -> std::optional<std::string> {
    const auto& given = std::get<std::vector<std::string>>(value);
    for (const std::string& item : given) {
      if (auto wrong = check(item)) return "each " + *wrong;
    }
    field(config) = given;
    return std::nullopt;
  };
  return {std::move(name), "", std::move(help), field(defaults), assign};
}

}  // namespace fieldcast::config
