// Every setting of the server, with its default.
//
// Taken from, later wins: built-in default < file (TOML) < environment < flags
// (--section.key=value). In the environment a key is FIELDCAST_<SECTION>_<KEY>, and
// PORT, WS_PING_INTERVAL (ms), WS_CORS_ORIGIN (list), DATABASE_URL, DATABASE_READ_URL and REDIS_URL are known;
// lists are separated by commas.
// All mistakes are reported at once, each with its place (file:line, variable or flag); no
// mistake repeats a value, which might be a secret. A variable that belongs to no section
// (FIELDCAST_DATA, what Kubernetes adds) is not ours and passed over, unless it is nearly a key.
// Relative paths, in the file too, are relative to the working directory.
#pragma once

#include "fieldcast/access/verifier.hpp"
#include "fieldcast/ageing/policy.hpp"
#include "fieldcast/bus/bus.hpp"
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
    std::vector<KeySource> keys;  // [[access.keys]]; load adds secret_file as a key without kid
    std::string secret_file;      // the one HS256 secret of a simple set-up
    std::string jwks_file;
    access::VerifierSettings verifier;
    seconds ticket_valid{30};
  } access;

  session::Settings session;
  ingest::Policy ingest;
  bool ingest_as_retention = true;  // load sets ingest.retention to what is kept
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
    std::string engine = "auto";  // load makes it sqlite or postgres
    store::SqliteSettings sqlite{.file = "data/fieldcast.db"};
    store::PostgresSettings postgres;
    store::Settings writer;
  } store;

  ageing::Policy retention{.positions = std::chrono::days{-1}};  // load makes -1 what the engine suggests
  bool retention_here = true;                                    // this server does it
  struct Archive {
    std::string place;              // a folder or rclone:REMOTE:PATH; empty: none
    std::string rclone = "rclone";  // the program
  } archive;

  bus::RedisSettings redis;  // without an URL: one instance alone

  struct Log {
    std::string level = "info";
    std::string format = "text";  // text, json
  } log;
};

struct Mistake {
  std::string place;  // "fieldcast.toml:12", "FIELDCAST_SERVER_PORT", "--server.port"; a key that is nowhere set
  std::string text;
};

/// One key as documented: for config/fieldcast.toml, `--help` and the test that compares them.
struct KeyDescription {
  std::string name;           // "server.port"; "access.keys[].kid" in an array of tables
  std::string default_value;  // as TOML
  std::string unit;           // "ms", "s", "bytes", ""
  std::string help;
};

struct Loaded {
  Config config;
  std::vector<Mistake> mistakes;  // empty: usable
};

/// What the configuration is for. A command that only works on the database needs no key to verify tokens with.
enum class Use : std::uint8_t { serving, database };

/// `file`: path or empty. `environment` and `flags`: name → text. Reads the file, and looks whether those
/// that it names are there. Never throws for what it reads. Threads: any.
Loaded load(const std::string& file, const std::map<std::string, std::string>& environment,
            const std::map<std::string, std::string>& flags, Use use = Use::serving);
std::vector<KeyDescription> describe_keys();

}  // namespace fieldcast::config
