// What a reader asks PostgreSQL: where a row can be, and the row itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/source_table.h"
#include "model/column.h"
#include "model/part.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// What shows that rows may have moved between two looks: texts to be compared, nothing else.
/// A plain value.
struct RouteStamp {
  /// Number of archives, the newest of them, and how often rows of any moved. Each grows only.
  std::string journal;
  std::string source;  ///< Oid and columns of the table that has the name now; "" for none.
  bool operator==(const RouteStamp&) const = default;
};

/// One short look, a single statement. A plain value.
struct Look {
  RouteStamp stamp;
  /// For each id, what `games` says of its created_at, as text; empty without a hint.
  std::vector<std::vector<std::string>> times;
};

/// An archive and the parts from which its rows are to be read: the published ones of rounds
/// that are swapped, oldest round first. Before its swap, a round's rows are in the database.
/// A plain value.
struct ArchivePlace {
  std::int64_t id = 0;
  std::string nonce;
  std::int64_t route = 0;
  std::int64_t from_us = 0;
  std::int64_t to_us = 0;
  bool is_swapped = false;
  std::vector<model::PartRecord> parts;
  std::vector<bool> is_final;  ///< Of each part: no rollback can take its round back.
};

/// The journal as far as reading goes, as of one snapshot. A plain value.
struct Picture {
  std::string journal;                 ///< As RouteStamp::journal.
  std::vector<ArchivePlace> archives;  ///< Oldest first.
};

/// Looks at stamp and hints in one statement. `with_hints`: asks `games` (profile games).
Result<Look> LookAround(const OpContext& ctx, pg::Connection& connection,
                        const model::SourceId& source, const std::vector<std::string>& ids,
                        bool with_hints);

/// Reads the whole picture, one statement.
Result<Picture> LoadPicture(const OpContext& ctx, pg::Connection& connection,
                            const model::SourceId& source);

/// A row by id from the source's partitions. A plain value.
struct LiveRow {
  std::string id;  ///< As PostgreSQL writes it.
  std::vector<std::optional<std::string>> values;
};

/// Returns the rows with one of `ids`, oldest first, at one of the times `at` where there are any.
/// Values are as the types' output functions give them.
Result<std::vector<LiveRow>> LiveRows(const OpContext& ctx, pg::Connection& connection,
                                      const SourceTable& source, const model::TableSchema& schema,
                                      const std::vector<std::string>& ids,
                                      const std::vector<std::string>& at);

/// One id, and the times it may have. A plain value.
struct GlanceAsk {
  std::string id;
  std::vector<std::string> at;  ///< As of LiveRows.
  bool with_hints = false;      ///< As of LookAround.
};

/// A look and rows that were read behind it. A plain value.
struct Glance {
  Look look;
  Result<std::vector<LiveRow>> rows;  ///< As of LiveRows; an error where they cannot be told so.
};

/// LookAround at one id, and LiveRows with it, each a statement and a snapshot of its own, the look
/// first: in one round trip. An error is one of the look, and says nothing that LookAround would
/// not find out again.
Result<Glance> LookAndRows(const OpContext& ctx, pg::Connection& connection,
                           const SourceTable& source, const model::TableSchema& schema,
                           const GlanceAsk& ask);

}  // namespace pgattic::catalog
