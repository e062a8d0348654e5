// The places where rows lie, as ports: what asks them can be tried against fakes of both.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/row_lookup.h"
#include "lookup/row_reader.h"
#include "model/part.h"

namespace pgattic::lookup {

/// One row that was found. A plain value.
struct FoundRow {
  std::string json;
  std::string created_at;             ///< In the partition column; RFC 3339 where it can be.
  std::optional<std::int64_t> at_us;  ///< The same; nullopt where it is no finite time, or unknown.
  Tier tier = Tier::kArchive;         ///< Which of the places that hold parts, if one does.
};

/// One id to be looked for. A plain value.
struct Ask {
  std::string id;                  ///< As PostgreSQL writes it.
  std::vector<std::string> times;  ///< Its created_at is one of them; empty: any.
};

/// The rows of each id that was asked for, in the order of the ids, oldest first.
using RowsOfIds = std::vector<std::vector<FoundRow>>;

/// A look, and the rows of one ask behind it. A plain value.
struct Glance {
  catalog::Look look;
  std::optional<RowsOfIds> rows;  ///< nullopt where they have to be asked for by themselves.
};

/// One session of one server: what it shows never goes back in time. Not thread-safe.
class DatabaseSession {
 public:
  DatabaseSession() = default;
  DatabaseSession(const DatabaseSession&) = delete;
  DatabaseSession& operator=(const DatabaseSession&) = delete;
  virtual ~DatabaseSession() = default;

  /// Every call is one snapshot of its own, no older than the call.
  virtual Result<catalog::Look> Look(const OpContext& ctx, const std::vector<std::string>& ids) = 0;
  virtual Result<catalog::Picture> Picture(const OpContext& ctx) = 0;
  virtual Result<RowsOfIds> Rows(const OpContext& ctx, const std::vector<Ask>& asks) = 0;
  /// Look() at the ask's id and then Rows() of it, each a snapshot of its own, in one go.
  virtual Result<Glance> LookAndRows(const OpContext& ctx, const Ask& ask) = 0;
  /// Returns, for each of `ids`, whether it was erased.
  virtual Result<std::vector<bool>> Erased(const OpContext& ctx,
                                           const std::vector<std::string>& ids) = 0;
};

/// The database. Thread-safe.
class Database {
 public:
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  virtual ~Database() = default;

  /// Blocks until a session is free.
  virtual Result<std::unique_ptr<DatabaseSession>> Open(const OpContext& ctx) = 0;
};

/// The parts in the store. Thread-safe.
class Parts {
 public:
  Parts() = default;
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  virtual ~Parts() = default;

  /// Returns those of `ids` that the part may hold, as far as its id filter knows: all where it
  /// has none, or none that can be read.
  virtual std::vector<std::string> MayHold(const OpContext& ctx, const model::PartRecord& part,
                                           const std::vector<std::string>& ids) = 0;
  /// Returns whether the part probably holds the row by an id filter in memory; nullopt where none
  /// is. A hint, for which nothing is asked of anybody.
  virtual std::optional<bool> ProbablyHolds(const model::PartRecord& /*part*/,
                                            const std::string& /*id*/) {
    return std::nullopt;
  }
  /// Returns the part's rows. NotFound, Conflict and PermissionDenied mean that the part may no
  /// longer be what the journal said.
  virtual Result<RowsOfIds> Read(const OpContext& ctx, const model::PartRecord& part,
                                 const std::vector<std::string>& ids) = 0;
};

}  // namespace pgattic::lookup
