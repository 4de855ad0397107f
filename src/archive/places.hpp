// The bodies of Place.
#pragma once

#include "fieldcast/archive/place.hpp"

namespace fieldcast::archive {

Result<std::unique_ptr<Place>> make_directory_place(const std::string& folder);
Result<std::unique_ptr<Place>> make_rclone_place(const std::string& remote, const std::string& program);

}  // namespace fieldcast::archive
