// Random: numbers that are the same on every machine, for everything that is generated.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace pgattic::sandbox {

/// Mixes 64 bits so that each bit of the result depends on each of the argument (the finaliser
/// of SplitMix64).
constexpr std::uint64_t MixBits(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

/// Folds several numbers into one seed.
constexpr std::uint64_t MixSeed(std::initializer_list<std::uint64_t> parts) {
  std::uint64_t seed = 0;
  for (const std::uint64_t part : parts) seed = MixBits(seed + 0x9e3779b97f4a7c15U + part);
  return seed;
}

/// SplitMix64. The standard library's distributions differ between vendors; these do not.
/// Not for secrets. A plain value; not thread-safe.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15U;
    return MixBits(state_);
  }
  /// Returns a number of [0, bound). REQUIRES: bound > 0. The bias is below 2^-32.
  std::uint64_t Below(std::uint64_t bound) {
    // Multiply-shift on the high half where it fits; no division.
    return bound <= UINT32_MAX ? ((Next() >> 32U) * bound) >> 32U : Next() % bound;
  }
  /// Returns a number of [low, high]. REQUIRES: low <= high.
  int Between(int low, int high) {
    return low + static_cast<int>(Below(static_cast<std::uint64_t>(high - low) + 1));
  }
  /// Returns a number of [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11U) * 0x1.0p-53; }
  /// True with the given probability.
  bool Chance(double probability) { return Unit() < probability; }

 private:
  std::uint64_t state_;
};

}  // namespace pgattic::sandbox
