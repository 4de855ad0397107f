#include "families.hpp"

#include <limits>

namespace fieldcast::metrics {

prometheus::MetricFamily counter_family(std::string name, std::string help, double value) {
  prometheus::ClientMetric metric;
  metric.counter.value = value;
  return {std::move(name), std::move(help), prometheus::MetricType::Counter, {std::move(metric)}};
}

prometheus::MetricFamily gauge_family(std::string name, std::string help, double value) {
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  return {std::move(name), std::move(help), prometheus::MetricType::Gauge, {std::move(metric)}};
}

prometheus::MetricFamily histogram_family(std::string name, std::string help, const HistogramSnapshot& snapshot) {
  prometheus::ClientMetric metric;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < snapshot.buckets.size(); ++i) {
    cumulative += snapshot.buckets[i];
    const bool last = i >= snapshot.bounds.size();
    metric.histogram.bucket.push_back(
        {cumulative, last ? std::numeric_limits<double>::infinity() : snapshot.bounds[i]});
  }
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = snapshot.sum;
  return {std::move(name), std::move(help), prometheus::MetricType::Histogram, {std::move(metric)}};
}

prometheus::MetricFamily labelled_family(prometheus::MetricType type, std::string name, std::string help,
                                         const std::string& label, const LabelledValues& values) {
  prometheus::MetricFamily family{std::move(name), std::move(help), type, {}};
  for (const auto& [text, value] : values) {
    prometheus::ClientMetric metric;
    metric.label.push_back({label, text});
    (type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    family.metric.push_back(std::move(metric));
  }
  return family;
}

}  // namespace fieldcast::metrics
