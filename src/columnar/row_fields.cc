#include "columnar/row_fields.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "columnar/wire.h"

namespace pgattic::columnar {

Status CutFields(ByteView canonical, std::vector<ByteView>& fields) {
  constexpr std::size_t kLengthBytes = sizeof(std::int32_t);
  fields.clear();
  while (!canonical.empty()) {
    if (canonical.size() < kLengthBytes) return {Code::kInternal, "a row without its lengths"};
    const auto length = LoadBig<std::int32_t>(canonical.data());
    const std::size_t size = kLengthBytes + static_cast<std::size_t>(std::max(0, length));
    if (canonical.size() < size) return {Code::kInternal, "a row without its fields"};
    fields.push_back(canonical.first(size));
    canonical = canonical.subspan(size);
  }
  return Status::Ok();
}

}  // namespace pgattic::columnar
