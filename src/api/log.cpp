#include "fieldcast/api/log.hpp"

#include "fieldcast/base/rfc3339.hpp"
#include "fieldcast/codec/server_message.hpp"

#include <atomic>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace fieldcast::api {

namespace {

std::atomic<LogFormat> format_in_use{LogFormat::text};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view name(LogLevel level) {
  constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
  return names[static_cast<std::size_t>(level)];
}

std::string as_json(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = "{\"time\":\"" + format_rfc3339(read_clock().wall) + "\",\"level\":\"";
  line.append(name(level)).append("\",\"event\":");
  codec::append_json_string(line, event);
  for (const auto& [key, value] : fields) {
    line += ',';
    codec::append_json_string(line, key);
    line += ':';
    codec::append_json_string(line, value);
  }
  return line + "}";
}

// A value with blanks, quotes or control characters is quoted as JSON, so a line stays a line.
void append_value(std::string& line, const std::string& value) {
  const bool plain = !value.empty() && std::none_of(value.begin(), value.end(), [](unsigned char c) {
    return c <= ' ' || c == '"' || c == '=' || c == 0x7f;
  });
  if (plain) {
    line += value;
  } else {
    codec::append_json_string(line, value);
  }
}

std::string as_text(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = format_rfc3339(read_clock().wall);
  line.append(" ").append(name(level)).append(" ").append(event);
  for (const auto& [key, value] : fields) {
    line.append(" ").append(key).append("=");
    append_value(line, value);
  }
  return line;
}

}  // namespace

Result<void> configure_log(std::string_view level, std::string_view format) {
  const auto parsed = spdlog::level::from_str(std::string(level == "warning" ? "warn" : level));
  if (parsed == spdlog::level::off && level != "off")
    return Error{"bad_request", "unknown log level " + std::string(level)};
  if (format != "text" && format != "json") return Error{"bad_request", "unknown log format " + std::string(format)};
  format_in_use = format == "json" ? LogFormat::json : LogFormat::text;
  auto logger = std::make_shared<spdlog::logger>("fieldcast", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(parsed);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

bool log_enabled(LogLevel level) { return spdlog::should_log(to_spdlog(level)); }

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  const std::string line =
      format_in_use == LogFormat::json ? as_json(level, event, fields) : as_text(level, event, fields);
  spdlog::log(to_spdlog(level), "{}", line);
}

void flush_log() { spdlog::default_logger()->flush(); }

}  // namespace fieldcast::api
