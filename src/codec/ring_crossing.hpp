// Whether the inside of a ring is beyond dispute.
#pragma once

#include "fieldcast/domain/area.hpp"

namespace fieldcast::codec {

/// True when two edges cross within both. Edges that touch, or run along each other, do not cross.
bool crosses_itself(const Ring& ring);

}  // namespace fieldcast::codec
