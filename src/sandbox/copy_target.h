// CopyTarget: where generated rows go. The sandbox knows no libpq; the caller does.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pgattic::sandbox {

/// Receives the data of COPY table (columns) FROM STDIN in text format, one COPY at a time.
/// Called from one thread. An error ends the generation and is returned by it; EndCopy is not
/// called then.
class CopyTarget {
 public:
  CopyTarget() = default;
  CopyTarget(const CopyTarget&) = delete;
  CopyTarget& operator=(const CopyTarget&) = delete;
  virtual ~CopyTarget() = default;

  /// `table` and `columns` are plain lower-case names that need no quotes; the table has its
  /// schema.
  virtual Status BeginCopy(const std::string& table, const std::vector<std::string>& columns) = 0;
  /// Whole lines, without the closing "\.".
  virtual Status Write(ByteView lines) = 0;
  virtual Status EndCopy() = 0;
};

/// Returns "COPY table (a, b) FROM STDIN".
std::string CopyStatement(const std::string& table, const std::vector<std::string>& columns);

}  // namespace pgattic::sandbox
