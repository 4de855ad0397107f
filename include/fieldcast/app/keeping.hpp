// What lets the store age, put together as the configuration says.
#pragma once

#include "fieldcast/ageing/worker.hpp"
#include "fieldcast/config/config.hpp"
#include "fieldcast/metrics/metrics.hpp"

namespace fieldcast::app {

/// `failed`: see ageing::Housekeeping.
ageing::Housekeeping make_housekeeping(const config::Config& config, ageing::Housekeeping::Failed failed);

/// The server's thread; null when retention.here is false. Outlived by `metrics`.
std::unique_ptr<ageing::Worker> start_keeping(const config::Config& config, metrics::Metrics& metrics);

}  // namespace fieldcast::app
