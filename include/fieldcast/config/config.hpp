// Every setting of the server, with its default.
//
// Taken from, later wins: built-in default < file (TOML) < environment
// (FIELDCAST_<SECTION>_<KEY>, and the known PORT, DATABASE_URL, …) < flags (--section.key=value).
// All mistakes are reported at once, each with its place (file:line, variable or flag).
#pragma once

#include "fieldcast/access/verifier.hpp"
#include "fieldcast/ingest/verdict.hpp"
#include "fieldcast/presence/tracker.hpp"
#include "fieldcast/session/session.hpp"
#include "fieldcast/store/store.hpp"
#include "fieldcast/transport/server.hpp"

#include <map>
#include <string>
#include <vector>

namespace fieldcast::config {

struct KeySource {
  std::string kid;
  std::string algorithm;    // HS256, RS256, ES256, EdDSA
  std::string secret_file;  // HS256
  std::string pem_file;     // the others
};

struct Config {
  transport::Settings server;
  std::size_t shards = 0;  // 0: one per core
  milliseconds drain_over{5'000};
  std::string web_root;  // folder of the dashboard; empty: none
  std::vector<std::string> cors_origins;

  struct Access {
    std::vector<KeySource> keys;
    std::string jwks_file;
    access::VerifierSettings verifier;
    seconds ticket_valid{30};
  } access;

  session::Settings session;
  ingest::Policy ingest;
  std::size_t request_positions_max = 10'000;
  std::size_t request_bytes_max = 8u << 20;
  presence::Policy presence;

  struct Rooms {
    milliseconds window{10};  // changes of a busy room leave together
    std::size_t rooms_per_client_max = 100;
    std::size_t update_bytes = 16'384;  // of one update to a watcher that is behind
    std::size_t snapshot_part_bytes = 65'536;
  } rooms;

  struct Store {
    std::string engine = "sqlite";
    store::SqliteSettings sqlite{.file = "data/fieldcast.db"};
    store::Settings writer;
  } store;

  struct Log {
    std::string level = "info";
    std::string format = "text";  // text, json
  } log;
};

struct Mistake {
  std::string place;  // "fieldcast.toml:12", "FIELDCAST_SERVER_PORT", "--server.port"
  std::string text;
};

/// One key as documented: for config/fieldcast.toml, `--help` and the test that compares them.
struct KeyDescription {
  std::string name;  // "server.port"
  std::string default_value;
  std::string unit;  // "ms", "s", "bytes", ""
  std::string help;
};

struct Loaded {
  Config config;
  std::vector<Mistake> mistakes;  // empty: usable
};

/// `file`: path or empty. `environment` and `flags`: name → text.
Loaded load(const std::string& file, const std::map<std::string, std::string>& environment,
            const std::map<std::string, std::string>& flags);
std::vector<KeyDescription> describe_keys();

}  // namespace fieldcast::config
