// RunContext: what every step of an archive's life works with.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "archive/pacer.h"
#include "base/op_context.h"
#include "catalog/hazards.h"
#include "catalog/journal.h"
#include "catalog/source_table.h"
#include "columnar/part_writer.h"
#include "model/object_keys.h"
#include "pg/connection.h"
#include "store/object_store.h"

namespace pgattic::archive {

/// One stage of a roll-out (archive/rollout.h). A plain value.
struct RolloutStage {
  int months = 3;                ///< The retention while it lasts.
  std::chrono::seconds soak{0};  ///< Least time before the next one; 0 of the last.
};

/// One [[source]] of the configuration. A plain value.
struct SourceOptions {
  pg::QualifiedName table;
  std::string id_column;
  bool is_games = false;  ///< profile = "games": statuses are marked.
  int retention_months = 3;
  std::vector<RolloutStage> rollout;  ///< In the place of retention_months; empty: none.
  std::chrono::seconds grace{7 * 24 * 3600};
  bool allow_publications = false;
  bool allow_changes = false;  ///< Archive partitions that are still updated.
};

/// How a run behaves; each default is safe for production. A plain value.
struct RunOptions {
  int workers = 0;                                 ///< Parallel COPY streams; 0: one a core.
  std::int64_t part_relation_bytes = 256LL << 20;  ///< About so much of the table a part.
  std::int64_t single_part_bytes = 64LL << 20;     ///< Below it, one part is enough.
  std::chrono::milliseconds parent_lock_timeout{200};
  std::chrono::milliseconds partition_lock_timeout{5000};
  std::chrono::milliseconds look_apart{100};
  int swap_tries = 5;
  std::chrono::milliseconds swap_pause{10'000};
  std::chrono::milliseconds snapshot_wait{10 * 60 * 1000};
  int export_tries = 3;            ///< Before a partition that keeps changing is deferred.
  bool proof_full = false;         ///< Compare every row with PostgreSQL's text, not a sample.
  bool allow_shrink = false;       ///< Publish, or roll back to, what lacks archived ids.
  bool accept_lost_table = false;  ///< A table dropped by hand is stood for by its parts.
  PacingOptions pacing;
  bool mend_sidecars = false;  ///< One that does not say who wrote it is damaged: replaced.
  columnar::PartWriterOptions part;
  std::string tool_version;
};

/// A progress report. A plain value.
struct Progress {
  std::string partition;
  std::string step;
  std::int64_t rows_done = 0;
  std::int64_t rows_total = 0;  ///< An estimate; 0: not known.
  std::int64_t bytes_done = 0;
};
using OnProgress = std::function<void(const Progress&)>;

/// References for the length of one run; everything outlives it. Not thread-safe, but for
/// what export_step says.
struct RunContext {
  const OpContext& ctx;
  const pg::ConnectOptions& connect;  ///< For the workers' own sessions.
  pg::Connection& connection;
  catalog::Journal& journal;
  store::ObjectStore& store;
  const SourceOptions& source_options;
  const catalog::SourceTable& source;
  const catalog::ServerIdentity& server;
  const RunOptions& options;
  const OnProgress& on_progress;
  store::ObjectStore* copy = nullptr;  ///< The second store; null: none is configured.
  Pacer* pacer = nullptr;              ///< Null: the run gives way to nothing.

  /// Gives way, where there is a pacer. REQUIRES: no lock and no snapshot is held.
  Status AtSafePoint(pg::Connection& session) const {
    return pacer == nullptr ? ctx.Check() : pacer->AtSafePoint(ctx, session);
  }
  model::ObjectKeys KeysOf(const catalog::ArchiveRecord& record) const {
    return {record.source, record.bounds, source_options.is_games};
  }
  /// The same over another store, which has no copy.
  RunContext At(store::ObjectStore& other) const {
    return {ctx,    connect, connection, journal,     other,   source_options,
            source, server,  options,    on_progress, nullptr, pacer};
  }
};

/// The key under which every data object carries its nonce.
inline constexpr const char* kNonceKey = "pgattic-nonce";

/// True when the object was written as the part, or filter, with this nonce.
bool CarriesNonce(const store::ObjectInfo& object, const std::string& nonce);
/// True when the object says that it was written as another one. One that says nothing may have
/// been put back by hand.
bool IsOfAnother(const store::ObjectInfo& object, const std::string& nonce);
/// Returns the Conflict of an object at one of our keys that does not carry our nonce.
Status WrittenByAnother(const store::ObjectStore& store, const std::string& key);

/// Returns the parts of the record's round that count: all but the obsolete.
Result<std::vector<catalog::JournalPart>> LiveParts(const RunContext& run,
                                                    const catalog::ArchiveRecord& record);

/// In the caller's transaction: makes `part` obsolete and adds, in its place, a part of the
/// same range that is still to be written.
Status ReplacePart(const RunContext& run, catalog::ArchiveRecord& record, catalog::JournalPart part,
                   bool only_part);

/// Compares parts and table range by range and, where rows or schema differ, makes the parts
/// concerned obsolete and takes the archive back to exporting. Returns how many parts
/// changed; 0 when none did. Safe to call in phases uploaded, verified and marked.
Result<int> TakeBackChangedParts(const RunContext& run, catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
