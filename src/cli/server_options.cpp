#include "server_options.hpp"

#include <fstream>
#include <sstream>

namespace fieldcast::cli {

namespace {

void read_token_file(const std::string& path, std::string& token) {
  std::ifstream file(path, std::ios::binary);
  if (!(file >> token)) throw CLI::ValidationError("--token-file", "cannot read a token from " + path);
}

}  // namespace

CLI::Option* add_milliseconds(CLI::App& command, const std::string& name, milliseconds& value,
                              const std::string& help) {
  const auto set = [&value](const std::int64_t& given) { value = milliseconds(given); };
  return command.add_option_function<std::int64_t>(name, set, help)->type_name("MS");
}

void add_server_options(CLI::App& command, simulate::ServerOptions& options) {
  simulate::Credentials& who = options.credentials;
  command.add_option("--url", options.url, "The server: ws, wss, http or https")->capture_default_str();
  command.add_option("--token", who.token, "A ready token");
  command.add_option_function<std::string>(
      "--token-file", [&who](const std::string& path) { read_token_file(path, who.token); }, "A file that holds it");
  command.add_option("--key", who.key_file, "Signing key (file) that the server trusts: tokens are made with it");
  command.add_option("--key-algorithm", who.key_algorithm, "HS256, RS256, ES256 or EdDSA")->capture_default_str();
  command.add_option("--kid", who.kid, "The key's id");
  command.add_option("--org", who.org, "Organisation")->capture_default_str();
  command.add_option("--issuer", who.issuer, "`iss` of the tokens made");
  command.add_option("--audience", who.audience, "`aud` of the tokens made");
  add_seconds(command, "--token-valid", who.valid_for, "How long a made token is valid");
  command.add_option("--ca", options.ca_file, "Certificates (PEM) to trust beside the system's");
  command.add_flag("--insecure", options.insecure, "Take any certificate");
  add_milliseconds(command, "--backoff-min-ms", options.backoff.least, "Shortest wait before a reconnect");
  add_milliseconds(command, "--backoff-max-ms", options.backoff.most, "Longest wait before a reconnect");
}

}  // namespace fieldcast::cli
