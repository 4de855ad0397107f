// The server as a story: from a configuration to a clean end.
#pragma once

#include "fieldcast/access/verifier.hpp"
#include "fieldcast/config/config.hpp"

#include <functional>

namespace fieldcast::app {

/// Reads every key that the configuration names. Errors: key_unusable, with the file's name.
Result<access::VerifierPtr> load_verifier(const config::Config& config);

/// The database that the configuration names; nothing is opened yet.
std::unique_ptr<store::Engine> make_engine(const config::Config& config);

/// Takes the configuration again, for SIGHUP (keys and certificates are read anew; other settings need a restart).
using Reload = std::function<config::Loaded()>;

/// Serves until SIGTERM or SIGINT, then drains. Returns the exit code: 0 after a clean end, 1 when
/// it could not start (the reason is on standard error).
/// Prints one line on standard output once it listens: `fieldcast is listening on http://…`.
int serve(const config::Config& config, const Reload& reload);

}  // namespace fieldcast::app
