// config/fieldcast.toml and the table of keys say the same.
#include "fieldcast/config/config.hpp"
#include "unit/config/temporary_files.hpp"

#include <gtest/gtest.h>
#include <set>
#include <sstream>

namespace fieldcast::config {
namespace {

constexpr auto documented_file = FIELDCAST_SOURCE_DIR "/config/fieldcast.toml";

struct Documented {
  std::string default_value, comment;
};

/// Reads "#key = value" below "[section]", with the comment above it.
std::map<std::string, Documented> documented_keys() {
  std::ifstream file(documented_file);
  std::map<std::string, Documented> keys;
  std::string section, comment;
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find(" = ");
    if (line.starts_with("[")) {
      section = line.substr(1, line.find(']') - 1);
    } else if (line.starts_with("# ")) {
      comment += line.substr(1);
    } else if (line.starts_with("#") && equals != std::string::npos) {
      const bool is_new = keys.emplace(section + "." + line.substr(1, equals - 1),
                                       Documented{line.substr(equals + 3), std::exchange(comment, "")})
                              .second;
      EXPECT_TRUE(is_new) << line;
    } else {
      EXPECT_TRUE(line.empty()) << "neither section, comment nor key: " << line;
      comment.clear();
    }
  }
  return keys;
}

bool is_of_array(const KeyDescription& key) { return key.name.find("[]") != std::string::npos; }

std::string unit_of(const KeyDescription& key) { return key.unit.empty() ? "" : " (" + key.unit + ")"; }

/// The file as it should read.
std::string example() {
  std::ostringstream out;
  out << "# Every setting of Fieldcast with its default; remove the # before one to change it.\n"
         "# The environment wins over this file (FIELDCAST_SERVER_PORT=9000), flags win over both "
         "(--server.port=9000).\n"
         "# Relative paths are relative to the working directory. `fieldcast config check` reports mistakes.\n"
         "# A key to verify tokens with is the one thing that must be set: see [access].\n";
  std::string section;
  bool in_array = false;
  for (const KeyDescription& key : describe_keys()) {
    if (is_of_array(key)) {
      if (!std::exchange(in_array, true))
        out << "\n# More keys, or others than HS256, one block each, at the end of the file:\n#   [[access.keys]]\n";
      out << "#   " << key.name.substr(key.name.rfind('.') + 1) << " = " << key.default_value << "  # " << key.help
          << "\n";
      continue;
    }
    const auto dot = key.name.rfind('.');
    if (key.name.substr(0, dot) != section) out << "\n[" << (section = key.name.substr(0, dot)) << "]\n";
    out << "\n# " << key.help << unit_of(key) << ".\n#" << key.name.substr(dot + 1) << " = " << key.default_value
        << "\n";
  }
  return out.str();
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

TEST(DocumentedKeys, AreThoseOfTheTable) {
  if (std::getenv("FIELDCAST_UPDATE") != nullptr) std::ofstream(documented_file) << example();
  auto documented = documented_keys();
  for (const KeyDescription& key : describe_keys()) {
    if (is_of_array(key)) {
      EXPECT_NE(content_of(documented_file).find(key.help), std::string::npos) << key.name;
      continue;
    }
    const auto found = documented.find(key.name);
    ASSERT_TRUE(found != documented.end()) << key.name << " is not in config/fieldcast.toml";
    EXPECT_EQ(found->second.default_value, key.default_value) << key.name;
    EXPECT_NE(found->second.comment.find(key.help), std::string::npos) << key.name << ": its help is missing";
    EXPECT_NE(found->second.comment.find(unit_of(key)), std::string::npos) << key.name << ": its unit is missing";
    documented.erase(found);
  }
  for (const auto& [name, key] : documented) ADD_FAILURE() << name << " of config/fieldcast.toml is no key";
}

TEST(DocumentedKeys, AreTakenWithTheirDefaultsAsTheyStandInTheFile) {
  const TemporaryFiles files;
  std::istringstream lines(content_of(documented_file));
  std::string enabled;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool is_key = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    if (is_key) ++count;
    enabled += (is_key ? line.substr(1) : line) + "\n";
  }
  EXPECT_GT(count, 50u);
  const std::string secret = files.write("signing.key", "0123456789abcdef0123456789abcdef");
  const Loaded loaded = load(files.write("fieldcast.toml", enabled), {}, {{"access.secret_file", secret}});
  for (const Mistake& mistake : loaded.mistakes) ADD_FAILURE() << mistake.place << ": " << mistake.text;
  EXPECT_TRUE(load(documented_file, {}, {{"access.secret_file", secret}}).mistakes.empty());
}

TEST(DocumentedKeys, HaveDistinctVariablesHelpAndUnitsInTheirNames) {
  std::set<std::string> variables;
  for (const KeyDescription& key : describe_keys()) {
    std::string variable = key.name;
    for (char& c : variable) c = c == '.' ? '_' : c;
    EXPECT_TRUE(variables.insert(variable).second) << key.name;
    EXPECT_FALSE(key.help.empty()) << key.name;
    if (key.unit == "s" || key.unit == "ms" || key.unit == "h" || key.unit == "m") {
      EXPECT_TRUE(key.name.ends_with("_" + key.unit)) << key.name;
    }
  }
}

TEST(DocumentedKeys, MayEachBeSetToTheirDefaultByAVariable) {
  const TemporaryFiles files;
  const std::string secret = files.write("signing.key", "0123456789abcdef0123456789abcdef");
  for (const KeyDescription& key : describe_keys()) {
    if (is_of_array(key)) continue;
    std::string variable = "FIELDCAST_";
    for (const char c : key.name) variable += c == '.' ? '_' : static_cast<char>(std::toupper(c));
    std::string text;
    for (const char c : key.default_value) text += c == '"' || c == '[' || c == ']' ? "" : std::string(1, c);
    const Loaded loaded = load("", {{variable, text}}, {{"access.secret_file", secret}});
    for (const Mistake& mistake : loaded.mistakes) ADD_FAILURE() << mistake.place << ": " << mistake.text;
  }
}

}  // namespace
}  // namespace fieldcast::config
