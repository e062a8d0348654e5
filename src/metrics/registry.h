// Registry: where time series live and how they are exposed. The only thing here that knows
// prometheus-cpp; modules count through the probes (probes.h).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/label.h"

namespace pgattic::metrics {

/// What a metric is called and what it says; views of literals.
struct Description {
  std::string_view name;  ///< pgattic_<module>_<what>_<unit|total>.
  std::string_view help;
};

/// A number that only grows. Thread-safe. Refers to its registry, which outlives it.
class Counter {
 public:
  Counter(Counter&&) noexcept;
  ~Counter();
  /// Adds `by`; what is negative is not counted.
  void Add(double by = 1);

 private:
  friend class Registry;
  struct Impl;
  explicit Counter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A number that goes up and down. Thread-safe. Refers to its registry, which outlives it.
class Gauge {
 public:
  Gauge(Gauge&&) noexcept;
  ~Gauge();
  void Set(double value);
  void Add(double by);

 private:
  friend class Registry;
  struct Impl;
  explicit Gauge(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Counts of observations by size. Thread-safe. Refers to its registry, which outlives it.
class Histogram {
 public:
  Histogram(Histogram&&) noexcept;
  ~Histogram();
  void Observe(double value);

 private:
  friend class Registry;
  struct Impl;
  explicit Histogram(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Upper bounds in seconds for requests: half a millisecond to 10 s.
std::span<const double> RequestSeconds();
/// Upper bounds in seconds for steps of an archive: 100 ms to 4 h.
std::span<const double> StepSeconds();

/// The time series of one process (or one test). Asking twice for the same name and labels
/// gives the same series. Thread-safe. A name that Prometheus forbids, or one name for two
/// kinds, is a fault of the program and aborts it.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Counter AddCounter(const Description& what, const std::vector<Label>& labels);
  Gauge AddGauge(const Description& what, const std::vector<Label>& labels);
  Histogram AddHistogram(const Description& what, const std::vector<Label>& labels,
                         std::span<const double> upper_bounds);

  /// Returns all series in Prometheus' text format 0.0.4, to be sent as
  /// "text/plain; version=0.0.4; charset=utf-8". Does not block on anything but counting threads.
  std::string Expose() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgattic::metrics
