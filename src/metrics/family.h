// Family: the series of one metric for every combination of some closed sets, made at once, so
// that counting is an index and an atomic, and a series is there (zero) before the first event.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "metrics/registry.h"

namespace pgattic::metrics {

/// Series of kind `Instrument` indexed by values of `Sets`; the `fixed` labels are the same for
/// all. Thread-safe. The registry outlives it.
template <typename Instrument, ClosedSet... Sets>
class Family {
 public:
  /// `extra` is what the instrument needs besides: a histogram's upper bounds.
  template <typename... Extra>
  Family(Registry& registry, const Description& what, const std::vector<Label>& fixed,
         Extra... extra) {
    series_.reserve((SizeOf<Sets>() * ... * 1));
    std::vector<Label> labels = fixed;
    AddAll<Sets...>(registry, what, labels, extra...);
  }

  Instrument& At(Sets... values) {
    std::size_t index = 0;
    ((index = index * SizeOf<Sets>() + IndexOf(values)), ...);
    return series_[index];
  }

 private:
  template <ClosedSet First, ClosedSet... Rest, typename... Extra>
  void AddAll(Registry& registry, const Description& what, std::vector<Label>& labels,
              Extra... extra) {
    for (std::size_t i = 0; i < SizeOf<First>(); ++i) {
      labels.emplace_back(ValueAt<First>(i));
      if constexpr (sizeof...(Rest) > 0) {
        AddAll<Rest...>(registry, what, labels, extra...);
      } else {
        series_.push_back(Make(registry, what, labels, extra...));
      }
      labels.pop_back();
    }
  }
  static Instrument Make(Registry& registry, const Description& what,
                         const std::vector<Label>& labels) {
    if constexpr (std::same_as<Instrument, Counter>) {
      return registry.AddCounter(what, labels);
    } else {
      return registry.AddGauge(what, labels);
    }
  }
  static Instrument Make(Registry& registry, const Description& what,
                         const std::vector<Label>& labels, std::span<const double> bounds) {
    return registry.AddHistogram(what, labels, bounds);
  }

  std::vector<Instrument> series_;
};

}  // namespace pgattic::metrics
