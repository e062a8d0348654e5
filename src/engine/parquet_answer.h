// ParquetAnswer: an answer of any engine as a Parquet file.
#pragma once

#include <memory>
#include <string>

#include "base/op_context.h"
#include "base/result.h"
#include "engine/query_engine.h"

namespace pgattic::engine {

/// Returns the type that a column of an engine's type has in the file, in DuckDB's words; types
/// without an equal stay text. Pure.
std::string ParquetTypeOf(const std::string& engine_type);

/// Keeps the rows in a DuckDB of its own, and writes them at the end. Not thread-safe. Destroying
/// it before Write() writes nothing.
class ParquetAnswer : public AnswerSink {
 public:
  /// `spill_folder` takes what does not fit into memory.
  static Result<std::unique_ptr<ParquetAnswer>> Make(const OpContext& ctx,
                                                     const std::string& spill_folder);

  /// Writes the file, zstd inside. InvalidArgument where a value is not of its column's type.
  virtual Status Write(const OpContext& ctx, const std::string& path) = 0;
};

}  // namespace pgattic::engine
