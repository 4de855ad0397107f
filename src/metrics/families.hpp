// Metric families, built when somebody scrapes.
#pragma once

#include "fieldcast/metrics/histogram.hpp"

#include <initializer_list>
#include <prometheus/metric_family.h>
#include <string>
#include <utility>

namespace fieldcast::metrics {

prometheus::MetricFamily counter_family(std::string name, std::string help, double value);
prometheus::MetricFamily gauge_family(std::string name, std::string help, double value);
prometheus::MetricFamily histogram_family(std::string name, std::string help, const HistogramSnapshot& snapshot);

using LabelledValues = std::vector<std::pair<std::string, double>>;
prometheus::MetricFamily labelled_family(prometheus::MetricType type, std::string name, std::string help,
                                         const std::string& label, const LabelledValues& values);

}  // namespace fieldcast::metrics
