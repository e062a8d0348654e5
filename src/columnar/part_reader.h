// Reading parts: the footer, the point read of one row, and the whole part for the proof.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/op_context.h"
#include "base/result.h"
#include "model/column.h"

namespace pgattic::columnar {

/// One row as PostgreSQL's own text per column (under ISO dates, UTC, postgres intervals,
/// extra_float_digits 3, hex bytea); nullopt is NULL. In the order of the schema's columns.
using Row = std::vector<std::optional<std::string>>;

/// Reads `length` bytes at `offset` of one object version. May block.
using ReadRange = std::function<Result<std::string>(std::int64_t offset, std::int64_t length)>;

/// The key of file_metadata() that names the column which the source is partitioned by: columns
/// are renamed, stored rows keep the names of their time.
inline constexpr const char* kPartitionColumnKey = "pgattic.partition_column";

/// Where a row group lies: one ranged GET brings it whole.
struct RowGroupSpan {
  int index = 0;
  std::int64_t offset = 0;
  std::int64_t length = 0;
};

/// A parsed footer: schema, row groups, id statistics. Immutable, thread-safe, cacheable.
class Footer {
 public:
  /// Parses the last `tail.size()` bytes of a file of `file_bytes`; `tail` must hold at least
  /// PartSummary::footer_bytes. Corruption for anything else, at any length.
  static Result<std::shared_ptr<const Footer>> Parse(std::string tail, std::int64_t file_bytes);

  Footer() = default;
  Footer(const Footer&) = delete;
  Footer& operator=(const Footer&) = delete;
  virtual ~Footer() = default;

  virtual const model::TableSchema& schema() const = 0;
  virtual std::int64_t row_count() const = 0;
  virtual const std::map<std::string, std::string>& file_metadata() const = 0;
  virtual int row_group_count() const = 0;
  /// REQUIRES: 0 <= index < row_group_count().
  virtual RowGroupSpan row_group(int index) const = 0;
  /// Returns the row groups that may hold `id` (PostgreSQL's text), in file order: see MayBeIn. One
  /// that the id column's type cannot hold gives none.
  virtual std::vector<RowGroupSpan> Find(const std::string& id) const = 0;
  /// Returns where the ids of a row group lie, for ReadIds. REQUIRES: a valid index.
  virtual RowGroupSpan id_chunk(int index) const = 0;
  /// Bytes of memory held, for a cache's budget.
  virtual std::int64_t memory_bytes() const = 0;

  /// Returns every row of the row group with this id, in file order. `bytes` is the span's.
  /// Only the pages that hold those rows are decompressed. Corruption for damaged bytes.
  virtual Result<std::vector<Row>> ReadRows(const RowGroupSpan& span, std::string_view bytes,
                                            const std::string& id) const = 0;

  /// Hands every id of one row group to `on_id`, in order. `bytes` is id_chunk(index)'s.
  virtual Status DecodeIds(int index, ByteView bytes,
                           const std::function<Status(const std::string& id)>& on_id) const = 0;
};

/// What the rows of a part were found to be, read from the object itself.
struct ReadBack {
  RowDigest digest;    ///< Over canonical rows, encoded anew from the Parquet values.
  std::string sha256;  ///< Of the object's bytes.
  std::string min_id;
  std::string max_id;
};

/// Which rows ReadPart hands out for a comparison with PostgreSQL.
struct SampleOptions {
  std::int64_t by_hash = 64;  ///< About so many rows, chosen by hash of id; < 0: every row.
  bool first_and_last = true;
  bool column_extremes = true;  ///< One row with the minimum and maximum of each column that
                                ///< has statistics.
};
using OnSample = std::function<Status(Row row)>;

/// One row of a part while the part is read. Valid during the call that it is handed to.
class RowView {
 public:
  RowView() = default;
  RowView(const RowView&) = delete;
  RowView& operator=(const RowView&) = delete;
  virtual ~RowView() = default;

  virtual const model::TableSchema& schema() const = 0;
  /// Of each column in the whole part, compressed.
  virtual const std::vector<std::int64_t>& column_bytes() const = 0;
  /// The fields as COPY … (FORMAT binary) has them, in the order of the part's schema: each its
  /// length and bytes.
  virtual ByteView canonical() const = 0;
  /// The id as PostgreSQL's text.
  virtual const std::string& id() const = 0;
  /// Returns one column as PostgreSQL's text, nullopt for NULL; money as its int64.
  virtual Result<std::optional<std::string>> Text(std::size_t column) const = 0;
};
using OnRow = std::function<Status(const RowView& row)>;

/// Reads a whole part in ranged reads of a few MiB: hashes its bytes, decodes every page,
/// digests every row. Sampled rows are handed to `on_sample` as the plain Parquet reader gives
/// them, every row to `on_row` where there is one, whose error ends the reading. What the part was
/// found to be is known at the end only: until then no row counts. Memory: a few row groups.
/// Errors: Corruption (damage; says where), the reader's.
Result<ReadBack> ReadPart(const OpContext& ctx, const ReadRange& read, std::int64_t file_bytes,
                          const SampleOptions& sample, const OnSample& on_sample,
                          const OnRow& on_row = {});

/// ReadPart for all rows, without samples.
Result<ReadBack> ReadPartRows(const OpContext& ctx, const ReadRange& read, std::int64_t file_bytes,
                              const OnRow& on_row);

/// Hands every id of a part to `on_id`, in order, reading the id column's chunks only.
Status ReadIds(const OpContext& ctx, const ReadRange& read, const Footer& footer,
               const std::function<Status(const std::string& id)>& on_id);

}  // namespace pgattic::columnar
