// The table of keys, in two halves.
#pragma once

#include "key.hpp"

namespace fieldcast::config {

/// The member of Config that a key writes.
#define FIELDCAST_FIELD(path) \
  [](Config & config) -> auto& { return config.path; }

std::vector<Key> server_keys();
std::vector<Key> access_keys();
std::vector<Key> session_keys();
std::vector<Key> ingest_keys();
std::vector<Key> presence_keys();
std::vector<Key> rooms_keys();
std::vector<Key> store_keys();
std::vector<Key> retention_keys();
std::vector<Key> redis_keys();
std::vector<Key> log_keys();

}  // namespace fieldcast::config
