// OutsideReaders: what pyarrow, DuckDB and ADBC say of parts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/types/round_trip.h"

namespace pgattic::test {

/// Gathers parts and has them read by other programs' readers, all in one process, which
/// takes a second to start. Not thread-safe.
class OutsideReaders {
 public:
  explicit OutsideReaders(RoundTrip& trip) : trip_(trip) {}

  /// Keeps a part for the next Read. Its table must stay until then.
  Status Add(const std::string& name, const ArchivedTable& archived);

  /// What the readers found.
  struct Report {
    std::int64_t columns = 0;  ///< Comparisons of a column, all readers together.
    /// By name of the part, its differences, one JSON object a line.
    std::map<std::string, std::string> wrong;
  };
  /// Reads all parts added since the last call and forgets them.
  Result<Report> Read();

 private:
  RoundTrip& trip_;
  std::vector<std::string> files_;
};

}  // namespace pgattic::test
