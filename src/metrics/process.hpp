// What the kernel knows of this process, under the names that every Prometheus client uses.
#pragma once

#include <prometheus/metric_family.h>
#include <vector>

namespace fieldcast::metrics {

/// What cannot be read is left out. Threads: any.
void append_process_families(std::vector<prometheus::MetricFamily>& families);

}  // namespace fieldcast::metrics
