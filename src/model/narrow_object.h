// NarrowObject: what is known of the object with a part's narrow columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pgattic::model {

/// The narrow columns of one part once more, in large row groups, for scans that need no other
/// (docs/format.md). It follows from the part and can be left out. Its key follows from the
/// part's: ObjectKeys::Narrow. A plain value.
struct NarrowObject {
  std::int64_t bytes = 0;
  std::string sha256;
  std::string etag;
  std::vector<std::string> columns;
  bool operator==(const NarrowObject&) const = default;
};

/// Returns it as a JSON object, on one line.
std::string SerializeNarrowObject(const NarrowObject& narrow);
/// Returns Corruption for text that SerializeNarrowObject could not have written.
Result<NarrowObject> ParseNarrowObject(std::string_view text);

}  // namespace pgattic::model
