// Answers of engines as a table, CSV or JSON.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "engine/query_engine.h"

namespace pgattic::app {

/// A sink that ends what it began: without Finish() what it wrote is no whole answer. Not
/// thread-safe, but for has_begun().
class AnswerOutput : public engine::AnswerSink {
 public:
  /// Writes what is still to come: the end of a line, a bracket. To be called once, after the last
  /// row.
  virtual Status Finish() = 0;
  /// True once anything was written.
  virtual bool has_begun() const = 0;
};

/// Returns a sink that writes to `file`, which outlives it. `format` is one of
///   table  columns as wide as they need to be, in blocks of 10,000 rows
///   csv    RFC 4180 with a header; NULL is empty, an empty text is ""; the end of a line
///          comes with the next row, or with Finish()
///   json   an array of objects: numbers and booleans as such, NULL as null, else text; a name that
///          comes twice gets a number; the bracket at its end comes with Finish()
/// InvalidArgument for any other. ResourceExhausted where the file takes no more.
Result<std::unique_ptr<AnswerOutput>> MakeAnswerOutput(const std::string& format, std::FILE* file);

/// True for types whose values JSON has as numbers.
bool IsNumericType(const std::string& type);

}  // namespace pgattic::app
