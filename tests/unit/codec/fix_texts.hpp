// Texts of fixes from a seed: what phones send, and what goes wrong on its way.
#pragma once

#include <array>
#include <random>
#include <string>
#include <string_view>

namespace fieldcast::codec {

class FixTexts {
 public:
  explicit FixTexts(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string text = document();
    if (chance(45)) {
      const std::size_t times = 1 + below(3);
      for (std::size_t i = 0; i < times; ++i) mutate(text);
    }
    return text;
  }

  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

 private:
  bool chance(std::size_t percent) { return below(100) < percent; }

  template <std::size_t n>
  std::string pick(const std::array<std::string_view, n>& from) {
    return std::string(from[below(n)]);
  }

  std::string space() {
    return chance(85) ? "" : pick(std::array<std::string_view, 5>{" ", "\n", "\t ", "\r\n", "    "});
  }

  std::string number() {
    switch (below(8)) {
      case 0:
        return std::to_string(below(1000));
      case 1:
        return std::to_string(static_cast<std::int64_t>(random_()));
      case 2:
        return std::to_string(random_()) + std::to_string(random_());
      case 3:
        return std::to_string(static_cast<double>(static_cast<std::int64_t>(random_())) / 1e17);
      case 4:
        return std::to_string(below(100)) + "." + std::to_string(random_()) + std::to_string(below(1000));
      case 5:
        return std::to_string(below(1000)) + (chance(50) ? "e" : "E-") + std::to_string(below(340));
      case 6:
        return pick(odd_numbers);
      default:
        return std::to_string(below(181)) + "." + std::to_string(below(10'000'000));
    }
  }

  std::string time() {
    switch (below(6)) {
      case 0:
        return std::to_string(1'795'335'330 + below(100'000));
      case 1:
        return std::to_string(1'795'335'330'250 + below(100'000)) + (chance(20) ? ".5" : "");
      case 2:
        return number();
      case 3:
        return pick(odd_times);
      default:
        return R"("2026-11-22T08:15:)" + std::to_string(10 + below(50)) + R"(.250Z")";
    }
  }

  std::string text() {
    if (chance(15)) return pick(odd_texts);
    return "\"" + pick(std::array<std::string_view, 6>{"north", "truck-7", "E 12", "वाहन", "driving", "walking"}) +
           "\"";
  }

  std::string value(int depth) {
    switch (below(depth > 4 ? 6 : 8)) {
      case 0:
        return number();
      case 1:
        return "\"" + number() + "\"";
      case 2:
        return text();
      case 3:
        return pick(std::array<std::string_view, 4>{"true", "false", "null", "null"});
      case 4:
        return time();
      case 5:
        return chance(5) ? std::string(30, '[') + std::string(30, ']') : number();
      case 6:
        return object(depth + 1);
      default:
        return list(depth + 1, below(4));
    }
  }

  std::string object(int depth) {
    std::string out = "{" + space();
    const std::size_t members = below(4);
    for (std::size_t i = 0; i < members; ++i) {
      if (i > 0) out += "," + space();
      out += text() + space() + ":" + space() + value(depth);
    }
    return out + "}";
  }

  std::string list(int depth, std::size_t elements) {
    std::string out = "[";
    for (std::size_t i = 0; i < elements; ++i) out += (i > 0 ? "," : "") + space() + value(depth) + space();
    return out + "]";
  }

  std::string member(std::string_view key, const std::string& json) {
    return space() + "\"" + std::string(key) + "\"" + space() + ":" + space() + json + space();
  }

  std::string record() {
    if (chance(3)) return value(2);
    std::string out = "{";
    const auto add = [&out](const std::string& text) { out += (out.size() > 1 ? "," : "") + text; };
    if (chance(95))
      add(member(pick(std::array<std::string_view, 2>{"lat", "latitude"}), chance(93) ? number() : value(2)));
    if (chance(95)) {
      add(member(pick(std::array<std::string_view, 3>{"lon", "lng", "longitude"}), chance(93) ? number() : value(2)));
    }
    if (chance(95)) {
      const auto key = pick(std::array<std::string_view, 4>{"recorded_at", "timestamp", "time", "ts"});
      add(member(key, chance(93) ? time() : value(2)));
    }
    const std::size_t more = below(6);
    for (std::size_t i = 0; i < more; ++i) add(member(pick(keys), chance(60) ? number() : value(2)));
    if (chance(20)) add(member("attributes", object(3)));
    if (chance(30)) add(member(pick(std::array<std::string_view, 3>{"agent", "employeeId", "vehicleId"}), text()));
    return out + "}";
  }

  std::string records() {
    std::string out = "[" + space();
    const std::size_t count = below(6);
    for (std::size_t i = 0; i < count; ++i) out += (i > 0 ? "," : "") + space() + record() + space();
    return out + "]";
  }

  std::string document() {
    switch (below(6)) {
      case 0:
        return space() + records() + space();
      case 1:
        return "{" + member("type", chance(90) ? R"("positions")" : value(2)) + "," + member("id", number()) + "," +
               member("positions", chance(95) ? records() : value(2)) + "}";
      case 2:
        return "{" + member("updates", records()) + (chance(20) ? "," + member("updates", value(2)) : "") + "}" +
               space();
      case 3: {
        std::string single = record();
        if (single.size() > 2 && single.front() == '{') single.insert(1, R"("type":"position","id":7,)");
        return single;
      }
      default:
        return space() + record() + space();
    }
  }

  void mutate(std::string& text) {
    if (text.empty()) return;
    const std::size_t at = below(text.size());
    switch (below(8)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.resize(at);
        break;
      case 2:
        text.erase(at, 1 + below(4));
        break;
      case 3:
        text.insert(at, pick(fragments));
        break;
      case 4:
        text[at] = pick(fragments).front();
        break;
      case 5:
        text.insert(at, text.substr(below(text.size()), below(30)));
        break;
      case 6:
        std::swap(text[at], text[below(text.size())]);
        break;
      default:
        text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
    }
  }

  static constexpr std::array<std::string_view, 22> odd_numbers{"NaN",
                                                                "Infinity",
                                                                "-Infinity",
                                                                "1e999",
                                                                "-1e400",
                                                                "1e-999",
                                                                "-0",
                                                                "0.0",
                                                                "-0.0",
                                                                "1e308",
                                                                "9e308",
                                                                "9007199254740993",
                                                                "1E5",
                                                                "1e+5",
                                                                "01",
                                                                "1.",
                                                                "-",
                                                                "18446744073709551616",
                                                                "4e-324",
                                                                "2.2250738585072011e-308",
                                                                "0.30000000000000004",
                                                                "179769313486231570000000000000000000000"};
  static constexpr std::array<std::string_view, 10> odd_times{R"("2026-02-29T00:00:00Z")",
                                                              R"("2026-11-22 08:15:30")",
                                                              R"("now")",
                                                              R"("")",
                                                              R"("1795335330")",
                                                              R"("2016-12-31T23:59:60Z")",
                                                              "99999999999",
                                                              "100000000000",
                                                              "1e17",
                                                              R"("2026-11-22T08:15:30\u002e5Z")"};
  static constexpr std::array<std::string_view, 14> odd_texts{
      R"("")",   R"("\u00e9")", R"("\ud83d\ude9a")", R"("\ud83d")", R"("\udc00")", R"("\ud83dx")", R"("\/")",
      R"("\"")", R"("a\\")",    R"("\n\t\r\b\f")",   R"("\x")",     R"("\u12")",   "\"\xff\"",     "\"\x7f\""};
  static constexpr std::array<std::string_view, 24> keys{
      "accuracy_m", "accuracy", "speed_mps", "speed",   "heading_deg",   "heading",  "bearing",    "course",
      "altitude_m", "altitude", "battery",   "team",    "battery_level", "activity", "attributes", "agent",
      "type",       "id",       "positions", "updates", "lat",           "lon",      "ts",         "l\\u0061t"};
  static constexpr std::array<std::string_view, 24> fragments{
      "{", "}", "[",  "]",        ",",  ":", "\"", "\\",    "null", "NaN",          "1e999", "-",
      "0", " ", "\n", "{\"a\":[", "]}", "e", ".",  "\\u00", "\xc3", "\xef\xbb\xbf", "/*",    "\"lat\":1,"};

  std::mt19937_64 random_;
};

}  // namespace fieldcast::codec
