#include "metrics/registry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <exception>
#include <utility>

#include "base/check.h"

namespace pgattic::metrics {
namespace {

prometheus::Labels LabelsOf(const std::vector<Label>& labels) {
  prometheus::Labels out;
  for (const Label& label : labels) out.emplace(label.name(), label.value());
  return out;
}

/// Adds one series of a family. prometheus-cpp says by an exception that a name is wrong.
template <typename Builder, typename... Extra>
auto& AddSeries(Builder builder, prometheus::Registry& registry, const Description& what,
                const std::vector<Label>& labels, Extra&&... extra) {
  try {
    return builder.Name(std::string(what.name))
        .Help(std::string(what.help))
        .Register(registry)
        .Add(LabelsOf(labels), std::forward<Extra>(extra)...);
  } catch (const std::exception& fault) {
    internal::CheckFailed(__FILE__, __LINE__, "AddSeries",
                          std::string(what.name) + ": " + fault.what());
  }
}

constexpr std::array kRequestSeconds = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                        0.1,    0.2,   0.5,   1.0,   2.0,  5.0,  10.0};
constexpr std::array kStepSeconds = {0.1,   0.5,   1.0,    5.0,    15.0,   60.0,
                                     300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0};

}  // namespace

std::span<const double> RequestSeconds() { return kRequestSeconds; }
std::span<const double> StepSeconds() { return kStepSeconds; }

struct Counter::Impl {
  prometheus::Counter& series;
};
Counter::Counter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Counter::Counter(Counter&&) noexcept = default;
Counter::~Counter() = default;
void Counter::Add(double by) {
  if (by > 0) impl_->series.Increment(by);
}

struct Gauge::Impl {
  prometheus::Gauge& series;
};
Gauge::Gauge(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gauge::Gauge(Gauge&&) noexcept = default;
Gauge::~Gauge() = default;
void Gauge::Set(double value) { impl_->series.Set(value); }
void Gauge::Add(double by) { impl_->series.Increment(by); }

struct Histogram::Impl {
  prometheus::Histogram& series;
};
Histogram::Histogram(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Histogram::Histogram(Histogram&&) noexcept = default;
Histogram::~Histogram() = default;
void Histogram::Observe(double value) { impl_->series.Observe(value); }

struct Registry::Impl {
  prometheus::Registry registry;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter Registry::AddCounter(const Description& what, const std::vector<Label>& labels) {
  auto& series = AddSeries(prometheus::BuildCounter(), impl_->registry, what, labels);
  return Counter(std::make_unique<Counter::Impl>(Counter::Impl{series}));
}

Gauge Registry::AddGauge(const Description& what, const std::vector<Label>& labels) {
  auto& series = AddSeries(prometheus::BuildGauge(), impl_->registry, what, labels);
  return Gauge(std::make_unique<Gauge::Impl>(Gauge::Impl{series}));
}

Histogram Registry::AddHistogram(const Description& what, const std::vector<Label>& labels,
                                 std::span<const double> upper_bounds) {
  prometheus::Histogram::BucketBoundaries bounds(upper_bounds.begin(), upper_bounds.end());
  auto& series = AddSeries(prometheus::BuildHistogram(), impl_->registry, what, labels, bounds);
  return Histogram(std::make_unique<Histogram::Impl>(Histogram::Impl{series}));
}

std::string Registry::Expose() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace pgattic::metrics
