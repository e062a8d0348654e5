// Row fields: where the fields of a canonical row lie.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pgattic::columnar {

/// Sets `fields` to the fields of a canonical row (RowView::canonical), each with its length in
/// front. Internal for bytes that are none. The row must outlive them.
Status CutFields(ByteView canonical, std::vector<ByteView>& fields);

}  // namespace pgattic::columnar
