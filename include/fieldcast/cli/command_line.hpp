// The command line: `fieldcast serve | token | team | config | simulate | replay | watch | verify`.
#pragma once

namespace fieldcast::cli {

/// Returns the exit code: 0 done, 1 failed, 2 a mistake on the command line or in the configuration.
int run(int argc, char** argv);

}  // namespace fieldcast::cli
