#include "fieldcast/archive/place.hpp"

#include "places.hpp"

#include <array>

namespace fieldcast::archive {

Result<std::unique_ptr<Place>> make_place(const std::string& place, const std::string& rclone) {
  constexpr std::string_view remote = "rclone:";
  if (place.empty()) return Error{"place_unusable", "no place is named"};
  return place.starts_with(remote) ? make_rclone_place(place.substr(remote.size()), rclone)
                                   : make_directory_place(place);
}

Result<std::string> read_all(Place& place, const std::string& object) {
  constexpr std::size_t bytes_max = 1u << 20;
  auto source = place.open(object);
  if (!source) return source.error();
  std::array<char, 16'384> piece;
  std::string text;
  for (;;) {
    const auto read = (*source)->read(piece);
    if (!read) return read.error();
    if (*read == 0) return Result<std::string>(boost::system::in_place_value, std::move(text));
    if (text.size() + *read > bytes_max) return Error{"archive_unavailable", object + " is larger than it can be"};
    text.append(piece.data(), *read);
  }
}

}  // namespace fieldcast::archive
