// SQL values: expressions of random values, each of which PostgreSQL takes as it stands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/random.h"

namespace pgattic::test {

/// How far the values of a column go.
enum class Reach {
  kTame,  ///< What Arrow's own type can hold, so that the column travels as that type.
  kWild,  ///< All that PostgreSQL can: infinities, NaN, BC, 24:00.
};

/// Returns one of `choices`.
const std::string& OneOf(sandbox::Random& random, const std::vector<std::string>& choices);

/// Each returns text for the type's input function, unquoted.
std::string Digits(sandbox::Random& random, int count);
/// Any characters but NUL: quotes, backslashes, controls, two to four bytes long.
std::string AnyText(sandbox::Random& random, int max_characters);
/// An integer of [low, high], limits and small numbers often.
std::string IntegerText(sandbox::Random& random, std::int64_t low, std::int64_t high);
std::string DoubleText(sandbox::Random& random);
std::string FloatText(sandbox::Random& random);
/// Finite, of six digits at most.
std::string SmallNumber(sandbox::Random& random);
/// Of any precision and scale; NaN and infinities too.
std::string NumericText(sandbox::Random& random);
std::string DateText(sandbox::Random& random, Reach reach);
std::string TimeText(sandbox::Random& random, Reach reach);
std::string TimestampText(sandbox::Random& random, Reach reach);
std::string ZoneText(sandbox::Random& random);
std::string IntervalText(sandbox::Random& random);
std::string InetText(sandbox::Random& random);
std::string Hex(sandbox::Random& random, int bytes);
std::string Bits(sandbox::Random& random, int count);

/// Returns 'text'::type, quoted.
std::string Literal(const std::string& text, const std::string& type);

}  // namespace pgattic::test
