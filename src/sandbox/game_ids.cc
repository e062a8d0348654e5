#include "sandbox/game_ids.h"

#include <cstddef>
#include <vector>

#include "sandbox/random.h"

namespace pgattic::sandbox {
namespace {

constexpr std::uint64_t kBase = kIdAlphabet.size();
constexpr unsigned kRounds = 4;
constexpr int kLongUuidLength = 22;

/// A Feistel network: a permutation of the numbers below 2^(2 * half_bits).
std::uint64_t Permute(std::uint64_t seed, std::uint64_t x, unsigned half_bits) {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits) - 1;
  std::uint64_t left = x >> half_bits;
  std::uint64_t right = x & mask;
  for (unsigned round = 0; round < kRounds; ++round) {
    const std::uint64_t next = left ^ (MixSeed({seed, round, right}) & mask);
    left = right;
    right = next;
  }
  return left << half_bits | right;
}

}  // namespace

std::string MakeId(std::uint64_t seed, std::uint64_t index, int length) {
  std::uint64_t limit = 1;
  for (int i = 0; i < length; ++i) limit *= kBase;
  const unsigned half_bits = length == kShortIdLength ? 24 : 30;  // 57^8 < 2^48, 57^10 < 2^60
  // Walk the cycle until the number is in range: still a permutation of that range.
  std::uint64_t number = index;
  do {
    number = Permute(seed, number, half_bits);
  } while (number >= limit);
  std::string id;
  for (int i = 0; i < length; ++i, number /= kBase) id += kIdAlphabet[number % kBase];
  return id;
}

std::string MakeLongId(std::uint64_t seed, std::uint64_t index) {
  Random random(MixSeed({seed, index}));
  std::string id;
  for (int i = 0; i < kLongUuidLength; ++i) id += kIdAlphabet[random.Below(kBase)];
  return id;
}

std::string CaseTwin(std::string id, std::uint64_t choice) {
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool is_letter = (id[i] >= 'a' && id[i] <= 'z') || (id[i] >= 'A' && id[i] <= 'Z');
    const char other = static_cast<char>(id[i] ^ 0x20);
    if (is_letter && kIdAlphabet.find(other) != std::string_view::npos) candidates.push_back(i);
  }
  if (!candidates.empty()) {
    char& letter = id[candidates[choice % candidates.size()]];
    letter = static_cast<char>(letter ^ 0x20);
  }
  return id;
}

}  // namespace pgattic::sandbox
