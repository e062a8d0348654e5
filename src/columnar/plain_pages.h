// PlainPages: the pages of a column chunk as the part writer makes them, and no others.
#pragma once

#include <parquet/column_page.h>
#include <parquet/column_reader.h>

#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace pgattic::columnar {

/// Returns a reader of the data pages in `bytes`, which must outlive it and hold `rows` values.
/// A page's checksum does not cover its header, and a header that lies (of the encoding, of the
/// number of values) would make other values of the same bytes; such a page, or one whose bytes
/// are no single zstd frame of the size that it names, is the end of the pages. Lets Parquet's
/// exceptions through: to be called inside GuardParquet. The reader is not thread-safe.
/// Arrow's own codec would make a zstd context anew for each page.
std::unique_ptr<parquet::PageReader> OpenPlainPages(const parquet::ColumnDescriptor& descriptor,
                                                    ByteView bytes, std::int64_t rows);

}  // namespace pgattic::columnar
