// A team's thinning as the command line writes it: `distance=25,heading=30,after=300`, or `off`.
#pragma once

#include "fieldcast/store/keeper.hpp"

#include <string>
#include <string_view>

namespace fieldcast::cli {

/// Errors: usage, with what is wrong.
Result<store::Thinning> read_thinning(std::string_view text);
std::string thinning_text(const store::Thinning& thinning);

}  // namespace fieldcast::cli
