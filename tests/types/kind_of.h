// The forms in which most kinds are declared.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/types/column_kinds.h"
#include "tests/types/sql_values.h"

namespace pgattic::test {

/// A kind whose values are the text that `text` gives.
template <typename Text>
ColumnKind Of(const std::string& type, Text text) {
  return {type, [type, text](sandbox::Random& random) { return Literal(text(random), type); }};
}

/// A kind with these values alone.
inline ColumnKind Choice(const std::string& type, std::vector<std::string> texts) {
  return Of(type,
            [texts = std::move(texts)](sandbox::Random& random) { return OneOf(random, texts); });
}

inline Reach AnyReach(sandbox::Random& random) {
  return random.Chance(0.5) ? Reach::kTame : Reach::kWild;
}

}  // namespace pgattic::test
