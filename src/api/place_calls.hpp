// What a call about now hands over to when it is asked about a past moment.
#pragma once

#include "call.hpp"

namespace fieldcast::api {

/// Answers `GET /v1/nearby?at=…`; reads the scope of the query from the call.
void answer_nearby_at(const CallPtr& call, store::NearbyQuery query, std::optional<double> max_age_s);

}  // namespace fieldcast::api
