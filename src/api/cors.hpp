// Cross-origin requests: the configured origins only (fetch.spec.whatwg.org, "HTTP-CORS protocol").
#pragma once

#include "context.hpp"

namespace fieldcast::api {

/// Null unless the request has an Origin that is allowed.
const std::string* allowed_origin(const Settings& settings, const transport::HttpRequest& request);

/// An answer to a preflight: 204 when the origin is allowed, 403 otherwise.
transport::HttpResponse preflight(const Settings& settings, const transport::HttpRequest& request);

/// Adds the headers that let a page of the origin read the answer.
void let_origin_read(transport::HttpResponse& response, const std::string& origin);
/// The same for whatever answers.
transport::HttpResponderPtr with_cors(transport::HttpResponderPtr responder, std::string origin);

}  // namespace fieldcast::api
