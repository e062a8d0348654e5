// Dice: the random choices of one thread, repeatable by seed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace pgattic::torture {

/// Not thread-safe: one for each thread.
class Dice {
 public:
  /// Threads of one schedule have the same seed and different streams.
  Dice(std::uint64_t seed, std::uint64_t stream) : engine_(seed * 1'000'003 + stream) {}

  /// Returns a number of [0, bound). REQUIRES: bound > 0.
  std::size_t Below(std::size_t bound) { return engine_() % bound; }
  bool OneIn(std::size_t bound) { return Below(bound) == 0; }
  std::chrono::milliseconds UpTo(std::chrono::milliseconds longest) {
    return std::chrono::milliseconds(Below(static_cast<std::size_t>(longest.count()) + 1));
  }
  template <typename T>
  const T& Pick(std::span<const T> from) {
    return from[Below(from.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace pgattic::torture
