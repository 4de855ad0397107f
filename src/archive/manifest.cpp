#include "manifest.hpp"

#include "fieldcast/archive/day_text.hpp"
#include "fieldcast/base/rfc3339.hpp"

#include <nlohmann/json.hpp>

namespace fieldcast::archive {
namespace {

using nlohmann::ordered_json;

constexpr int format_version = 1;
constexpr std::size_t name_sha_digits = 16;

Error damaged(store::Day day, const std::string& why) {
  return {"archive_damaged", "the manifest of " + to_string(day) + " " + why};
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

std::string to_string(store::Day day) { return format_rfc3339(Timestamp(day)).substr(0, 10); }

std::string folder_of(store::Day day) {
  const std::string text = to_string(day);
  return text.substr(0, 4) + "/" + text.substr(5, 2);
}

std::string manifest_name(store::Day day) { return folder_of(day) + "/" + to_string(day) + ".json"; }

std::string object_name(store::Day day, const std::string& object_sha256) {
  return folder_of(day) + "/" + to_string(day) + "-" + object_sha256.substr(0, name_sha_digits) + ".csv.gz";
}

bool is_object_of(store::Day day, const std::string& name) {
  return name.starts_with(to_string(day) + "-") && name.ends_with(".csv.gz");
}

std::string format_manifest(const Manifest& manifest) {
  ordered_json json;
  json["format"] = format_version;
  json["day"] = to_string(manifest.day);
  json["object"] = manifest.object;
  json["rows"] = manifest.rows;
  json["rows_sha256"] = manifest.rows_sha256;
  json["object_bytes"] = manifest.object_bytes;
  json["object_sha256"] = manifest.object_sha256;
  json["columns"] = columns;
  json["written_at"] = format_rfc3339(manifest.written_at);
  json["program"] = "fieldcast " FIELDCAST_VERSION;
  return json.dump(2) + "\n";
}

Result<Manifest> parse_manifest(store::Day day, const std::string& text) try {
  const auto json = ordered_json::parse(text);
  if (json.at("format").get<int>() != format_version)
    return damaged(day, "has a format that this program does not know");
  if (json.at("day").get<std::string>() != to_string(day)) return damaged(day, "is that of another day");
  Manifest manifest{day,
                    json.at("object").get<std::string>(),
                    json.at("rows").get<std::uint64_t>(),
                    json.at("rows_sha256").get<std::string>(),
                    json.at("object_bytes").get<std::uint64_t>(),
                    json.at("object_sha256").get<std::string>(),
                    {}};
  const auto written_at = parse_rfc3339(json.at("written_at").get<std::string>());
  const bool sound = is_sha256(manifest.rows_sha256) && is_sha256(manifest.object_sha256) && written_at &&
                     manifest.object == object_name(day, manifest.object_sha256);
  if (!sound) return damaged(day, "names no object of that day");
  manifest.written_at = *written_at;
  return manifest;
} catch (const nlohmann::json::exception&) {
  return damaged(day, "cannot be read");
}

Result<std::optional<Manifest>> read_manifest(Place& place, store::Day day) {
  const auto text = read_all(place, manifest_name(day));
  if (!text && text.error().code == "archive_missing") return std::optional<Manifest>();
  if (!text) return text.error();
  const auto manifest = parse_manifest(day, *text);
  if (!manifest) return manifest.error();
  return std::optional(*manifest);
}

Result<void> write_manifest(Place& place, const Manifest& manifest) {
  auto target = place.create();
  if (!target) return target.error();
  if (auto written = (*target)->write(format_manifest(manifest)); !written) return written;
  return (*target)->put(manifest_name(manifest.day));
}

}  // namespace fieldcast::archive
