// Small readings of JSON text that both fix decoders share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fieldcast::codec {

/// Containers nested deeper than this are refused.
inline constexpr int nesting_max = 32;

inline bool is_json_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
/// True when more than nesting_max brackets are open at once. The text need not be JSON.
bool nests_too_deep(std::string_view text);

std::string_view trim_json_space(std::string_view text);

/// Appends valid JSON without the white space between its tokens.
void append_minimal(std::string& out, std::string_view json);

/// The number that the whole text is, as in "12.97"; nothing for other text and for numbers that are not finite.
std::optional<double> number_in_text(std::string_view text);

/// Cuts at `bytes_max` or before, never inside a UTF-8 sequence.
std::string_view cut_utf8(std::string_view text, std::size_t bytes_max);

}  // namespace fieldcast::codec
