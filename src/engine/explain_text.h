// EXPLAIN in a statement that somebody typed.
#pragma once

#include <string>
#include <string_view>

namespace pgattic::engine {

/// A statement in two pieces. A plain value.
struct ExplainText {
  std::string head;       ///< "EXPLAIN (TYPE io) "; "" where nothing is to be explained.
  std::string statement;  ///< What is explained, or all of it.
  bool runs = false;      ///< EXPLAIN ANALYZE runs what it explains.
};

/// Splits a statement behind EXPLAIN, ANALYZE, VERBOSE and the options in parentheses, whatever
/// their case. A comment before EXPLAIN hides it. Pure.
ExplainText SplitExplain(std::string_view sql);

}  // namespace pgattic::engine
