// `fieldcast token key | make`: keys and tokens without another tool.
#include "commands.hpp"
#include "fieldcast/access/signer.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace fieldcast::cli {

namespace {

int fail(const std::string& why) {
  std::fprintf(stderr, "fieldcast: %s\n", why.c_str());
  return 1;
}

// A key is readable by its owner alone, and never written over another.
Result<void> write_secret(const std::string& path, const std::string& content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return Error{"key_unusable", path + ": " + std::strerror(errno)};
  const ssize_t written = ::write(file, content.data(), content.size());
  const bool good = ::close(file) == 0 && written == static_cast<ssize_t>(content.size());
  if (!good) return Error{"key_unusable", "cannot write " + path};
  return {};
}

struct KeyOptions {
  std::string algorithm = "HS256";
  std::string out;
};

int make_key(const KeyOptions& options) {
  const auto algorithm = access::algorithm_from(options.algorithm);
  if (!algorithm) return fail("unknown algorithm " + options.algorithm + ": HS256, RS256, ES256 or EdDSA");
  const Result<access::KeyPair> pair = access::generate_key(*algorithm);
  if (!pair) return fail(pair.error().text);
  if (const auto written = write_secret(options.out, pair->private_pem); !written) return fail(written.error().text);
  if (pair->public_pem.empty()) {
    std::printf("secret: %s\nserver: --access.secret_file=%s\n", options.out.c_str(), options.out.c_str());
    return 0;
  }
  const std::string public_file = options.out + ".pub";
  if (const auto written = write_secret(public_file, pair->public_pem); !written) return fail(written.error().text);
  std::printf("private: %s\npublic:  %s (the server's [[access.keys]] pem_file)\n", options.out.c_str(),
              public_file.c_str());
  return 0;
}

struct TokenOptions {
  std::string key, algorithm = "HS256", kid;
  std::string subject, role = "agent", org = "default", team, name, issuer, audience;
  std::vector<std::string> teams;
  double hours = 12;
};

std::optional<access::Role> role_from(const std::string& name) {
  for (const auto role : {access::Role::agent, access::Role::gateway, access::Role::manager, access::Role::admin}) {
    if (to_string(role) == name) return role;
  }
  return std::nullopt;
}

access::Claims claims_of(const TokenOptions& options, access::Role role, Timestamp now) {
  access::Claims claims;
  claims.user = UserId(options.subject);
  claims.role = role;
  claims.org = OrgId(options.org);
  claims.team = TeamId(options.team);
  for (const std::string& team : options.teams) {
    if (team == "*") {
      claims.all_teams = true;
    } else {
      claims.teams.emplace_back(team);
    }
  }
  claims.name = options.name;
  claims.expires_at = now + milliseconds(static_cast<std::int64_t>(options.hours * 3.6e6));
  return claims;
}

int make_token(const TokenOptions& options) {
  const auto algorithm = access::algorithm_from(options.algorithm);
  const auto role = role_from(options.role);
  if (!algorithm) return fail("unknown algorithm " + options.algorithm);
  if (!role) return fail("unknown role " + options.role + ": agent, gateway, manager or admin");
  std::ifstream file(options.key, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (!file) return fail("cannot read " + options.key);
  std::string key = content.str();
  while (*algorithm == access::Algorithm::hs256 && !key.empty() && (key.back() == '\n' || key.back() == '\r'))
    key.pop_back();
  access::VerifierSettings settings;
  if (!options.issuer.empty()) settings.issuer = options.issuer;
  if (!options.audience.empty()) settings.audience = options.audience;
  const Timestamp now = read_clock().wall;
  const std::string payload = access::token_payload(claims_of(options, *role, now), now, settings);
  const Result<std::string> token = access::sign_token(*algorithm, key, options.kid, payload);
  if (!token) return fail(token.error().text);
  std::puts(token->c_str());
  return 0;
}

}  // namespace

void add_token(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand("token", "Make keys and tokens");
  command.require_subcommand(1);

  auto key = std::make_shared<KeyOptions>();
  CLI::App& make_key_command = *command.add_subcommand("key", "Make a signing key");
  make_key_command.add_option("--algorithm", key->algorithm, "HS256, RS256, ES256 or EdDSA")->capture_default_str();
  make_key_command.add_option("--out", key->out, "File to write; an existing one is never overwritten")->required();
  make_key_command.callback([key, &result] { result = make_key(*key); });

  auto token = std::make_shared<TokenOptions>();
  CLI::App& make = *command.add_subcommand("make", "Sign a token and print it");
  make.add_option("--key", token->key, "Signing key (file)")->required();
  make.add_option("--algorithm", token->algorithm, "The key's algorithm")->capture_default_str();
  make.add_option("--kid", token->kid, "Key id, when the server has several keys");
  make.add_option("--sub", token->subject, "Agent or user id")->required();
  make.add_option("--role", token->role, "agent, gateway, manager or admin")->capture_default_str();
  make.add_option("--org", token->org, "Organisation")->capture_default_str();
  make.add_option("--team", token->team, "An agent's team");
  make.add_option("--teams", token->teams, "A manager's teams, comma-separated; * for all")->delimiter(',');
  make.add_option("--name", token->name, "Name for people");
  make.add_option("--hours", token->hours, "Valid for this long")->capture_default_str();
  make.add_option("--issuer", token->issuer, "`iss`");
  make.add_option("--audience", token->audience, "`aud`");
  make.callback([token, &result] { result = make_token(*token); });
}

}  // namespace fieldcast::cli
