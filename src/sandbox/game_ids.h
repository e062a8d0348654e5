// Ids as the application makes them: short, random-looking, case-sensitive.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgattic::sandbox {

/// The 57 characters of a short uuid: no 0, 1, I, O, l.
inline constexpr std::string_view kIdAlphabet =
    "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Length of ids of games made before this instant, and from it on.
inline constexpr std::int64_t kLongIdsFromUs = 1'763'596'800'000'000;  // 2025-11-20
inline constexpr int kShortIdLength = 8;
inline constexpr int kLongIdLength = 10;

/// Returns the id number `index` of the sequence `seed`: a permutation, so different indexes
/// give different ids. REQUIRES: length 8 or 10; index < 57^8.
std::string MakeId(std::uint64_t seed, std::uint64_t index, int length);

/// Returns 22 characters of the alphabet, as users, requests and tournaments have.
std::string MakeLongId(std::uint64_t seed, std::uint64_t index);

/// Returns `id` with the case of one letter changed, such that it is still an id; `id` itself
/// when it has no such letter. Another `choice` changes another letter as far as there are any.
std::string CaseTwin(std::string id, std::uint64_t choice);

}  // namespace pgattic::sandbox
