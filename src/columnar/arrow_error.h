// ArrowError: where Arrow's statuses and Parquet's exceptions become our Status. Nothing else
// in the program catches them.
#pragma once

#include <arrow/status.h>

#include <exception>
#include <string>

#include "base/result.h"

namespace pgattic::columnar {

/// What a failure of the Parquet library means where it happens.
enum class ArrowUse {
  kReading,  ///< The bytes are not what they should be: Corruption.
  kWriting,  ///< The program handed over something wrong: Internal.
};

/// Translates a failed Arrow status. REQUIRES: !status.ok().
Status FromArrow(const arrow::Status& status, ArrowUse use);
/// Translates the exception that is being handled. REQUIRES: called in a catch clause.
Status FromCurrentException(ArrowUse use);

/// Runs `fn` (returning Status or Result<T>); an exception of Parquet, Arrow or of the
/// allocator becomes an error.
template <typename Fn>
auto GuardParquet(ArrowUse use, Fn&& fn) -> decltype(fn()) {
  try {
    return fn();
  } catch (const std::exception&) {
    return FromCurrentException(use);
  }
}

}  // namespace pgattic::columnar
