#include "fieldcast/websocket/decoder.hpp"

namespace fieldcast::websocket {

std::uint16_t close_code(Violation violation) {
  switch (violation) {
    case Violation::message_too_big:
    case Violation::too_many_fragments:
      return 1009;
    case Violation::text_not_utf8:
      return 1007;
    default:
      return 1002;
  }
}

std::string_view to_string(Violation violation) {
  switch (violation) {
    case Violation::none:
      return "none";
    case Violation::reserved_bits:
      return "reserved_bits";
    case Violation::unknown_opcode:
      return "unknown_opcode";
    case Violation::masking:
      return "masking";
    case Violation::control_too_long:
      return "control_too_long";
    case Violation::control_fragmented:
      return "control_fragmented";
    case Violation::continuation_unexpected:
      return "continuation_unexpected";
    case Violation::continuation_expected:
      return "continuation_expected";
    case Violation::length_not_minimal:
      return "length_not_minimal";
    case Violation::length_too_big:
      return "length_too_big";
    case Violation::message_too_big:
      return "message_too_big";
    case Violation::too_many_fragments:
      return "too_many_fragments";
    case Violation::text_not_utf8:
      return "text_not_utf8";
    case Violation::close_code_invalid:
      return "close_code_invalid";
    case Violation::close_payload_invalid:
      return "close_payload_invalid";
  }
  return "none";
}

}  // namespace fieldcast::websocket
