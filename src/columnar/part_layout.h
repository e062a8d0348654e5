// PartLayout: what a part's footer says of where its rows lie, checked and made small.
#pragma once

#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/id_key.h"
#include "columnar/part_reader.h"
#include "model/column.h"

namespace pgattic::columnar {

/// Bytes [offset, offset + length) of the file.
struct FileSpan {
  std::int64_t offset = 0;
  std::int64_t length = 0;

  std::int64_t end() const { return offset + length; }
};

/// One column of one row group.
struct ChunkLayout {
  FileSpan pages;
  FileSpan offset_index;
};

/// One row group. Its chunks lie one after the other, in the order of the columns.
struct RowGroupLayout {
  RowGroupSpan span;
  std::int64_t rows = 0;
  std::vector<ChunkLayout> chunks;
  std::optional<FileSpan> id_column_index;  ///< Absent where an id is very long.
};

/// The whole part. Every span lies inside the file, and the pages before the page indexes.
struct PartLayout {
  model::TableSchema schema;
  std::unique_ptr<parquet::SchemaDescriptor> descriptor;
  std::map<std::string, std::string> file_metadata;
  std::vector<RowGroupLayout> row_groups;
  std::vector<IdBounds> id_bounds;  ///< Of each row group; unknown where an id is very long.
  std::int64_t rows = 0;
  std::int64_t data_end = 0;        ///< Of the last row group.
  std::int64_t metadata_start = 0;  ///< Of Parquet's own footer.
};

/// Bytes that a footer's metadata takes with its length and magic. `tail` is the end of the
/// file, of at least 8 bytes. Corruption when it is no Parquet file.
Result<std::int64_t> MetadataBytes(ByteView tail, std::int64_t file_bytes);

/// Parses the metadata at the end of `tail`, which must hold it whole. Corruption otherwise.
Result<std::shared_ptr<parquet::FileMetaData>> ParseMetadata(ByteView tail,
                                                             std::int64_t file_bytes);

/// Returns the layout. Corruption when the file is none that PartWriter can have written.
Result<PartLayout> LayoutOf(const parquet::FileMetaData& metadata, std::int64_t file_bytes);

}  // namespace pgattic::columnar
