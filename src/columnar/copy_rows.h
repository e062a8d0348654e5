// CopyRows: turns the rows of a part into data for COPY … FROM, and digests what was handed over.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "columnar/copy_decoder.h"
#include "columnar/part_reader.h"
#include "columnar/wide_sum.h"
#include "model/column.h"

namespace pgattic::columnar {

/// What a table takes of archived rows. A plain value.
struct LoadTarget {
  /// Columns that rows are loaded into; their transport says how they are compared afterwards.
  std::vector<model::Column> loaded;
  /// Columns that PostgreSQL computes itself: stored values are left out.
  std::vector<std::string> computed;
  /// Names of those of `loaded` that every part has: only they are compared.
  std::vector<std::string> compared;
};

/// OK when the table can take the rows of the part. FailedPrecondition when it lacks a column, or
/// has it with another type (text and varchar of any length are one): a value would be lost or
/// converted.
Status CheckLoadable(const model::TableSchema& part, const LoadTarget& table);

/// Makes the data for one COPY of the rows of one part. Binary where every column that is loaded
/// has an exact transport: the very bytes that PostgreSQL sent. Else text, as PostgreSQL printed
/// it. Not thread-safe. Memory: what is buffered, at most about kFlushBytes and one row.
/// Source: PostgreSQL manual, COPY, "Text Format" and "Binary Format".
class CopyRows {
 public:
  static constexpr std::size_t kFlushBytes = std::size_t{256} << 10U;

  /// REQUIRES: CheckLoadable.
  CopyRows(const model::TableSchema& part, const LoadTarget& table);

  bool is_binary() const { return is_binary_; }
  /// Names of the columns that the statement has to list, in order.
  const std::vector<std::string>& column_names() const { return names_; }

  /// Appends what comes before the rows.
  void Begin(std::string& out) const;
  /// Appends one row, and adds it to the digest. Corruption for values of no type.
  Status Append(const RowView& row, std::string& out);
  /// Appends what comes after them.
  void End(std::string& out) const;

  /// Of the compared columns of all rows appended, as TableDigest takes it from the table.
  const RowDigest& digest() const { return digest_; }

 private:
  struct Field {
    std::size_t index = 0;  ///< In the part.
    model::Transport transport = model::Transport::kText;
    bool is_compared = false;
    bool is_compared_as_text = false;
  };
  Status AppendDigested(const RowView& row, const Field& field);
  Status AppendText(const RowView& row, std::string& out) const;

  std::vector<Field> fields_;
  std::vector<Field> compared_;  ///< In the order in which the table's digest takes them.
  std::vector<std::string> names_;
  bool is_binary_ = true;
  std::vector<ByteView> cut_;  ///< Of the row: each field with its length.
  std::string row_;
  RowDigest digest_;
};

/// Takes COPY … (FORMAT binary) of a table's compared columns, each row followed by its tuple
/// hash (catalog::CopyRange): digest and sum of hashes. Not thread-safe.
class TableDigest final : private TupleSink {
 public:
  explicit TableDigest(std::size_t columns) : decoder_(columns + 1, *this) {}

  /// Corruption when it is no such stream.
  Status Append(ByteView copy_data) { return decoder_.Append(copy_data); }
  Status Finish() const { return decoder_.Finish(); }
  /// Adds what another took from other rows.
  void Add(const TableDigest& other);

  const RowDigest& digest() const { return digest_; }
  /// A decimal number, exact: catalog::Fingerprint::sum.
  std::string fingerprint_sum() const;

 private:
  Status OnTuple(const CopyTuple& tuple) override;

  CopyDecoder decoder_;
  RowDigest digest_;
  WideSum fingerprint_sum_ = 0;
};

}  // namespace pgattic::columnar
