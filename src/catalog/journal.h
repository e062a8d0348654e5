// Journal: the durable state of every archive, in PostgreSQL, schema pgattic.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/relation.h"
#include "model/archive_state.h"
#include "model/bounds.h"
#include "model/part.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// One row of pgattic.archive. A plain value; truth is the table.
struct ArchiveRecord {
  std::int64_t id = 0;
  model::SourceId source;
  std::string partition;  ///< Its name when it was first seen.
  model::Bounds bounds;
  model::ArchiveState state;
  int next_part = 0;
  std::string nonce;      ///< Carried by the sidecars: whose they are, whatever journal asks.
  RelationRef relation;   ///< What this round archives.
  std::string late_name;  ///< The partition that took its place, once swapped.
  std::int64_t relation_bytes = 0;  ///< Table, indexes and TOAST, when planned.
  std::optional<Fingerprint> fingerprint;
  std::string schema_fingerprint;
  std::vector<std::string> text_columns;  ///< Columns that hold values outside Arrow's range.
  std::string system_identifier;
  std::int64_t timeline = 0;
  std::string metadata_etag;
  std::string checksums_etag;
  std::int64_t former_bytes = 0;  ///< Bytes freed by the rounds that are done.
  std::string marked_xid;         ///< Snapshots older than this may not see the marks.
  std::string drop_after;         ///< "" before the swap.
  std::optional<std::string> error;
  std::string updated_at;
};

enum class PartState { kWriting, kUploaded, kVerified, kObsolete };

/// One row of pgattic.part. A plain value.
struct JournalPart {
  model::PartRecord record;
  PartState state = PartState::kWriting;
  bool published = false;  ///< Named by the metadata in the bucket.
  std::string nonce;       ///< In the object's user metadata: ours, whoever asks.
  IdRange range;
  std::string fingerprint_sum = "0";
};

/// An event of an archive, for a person.
struct JournalEvent {
  std::string at;
  std::int64_t revision = 0;
  std::string phase;
  std::string event;
  std::string detail;
  std::string who;
};

/// All reading and writing of the journal. Not thread-safe: one connection. Every change is
/// made in the caller's transaction and begins with a compare-and-set on (phase, revision);
/// Conflict means that another process moved the archive on, and the transaction has to be
/// rolled back.
class Journal {
 public:
  explicit Journal(pg::Connection& connection) : connection_(connection) {}

  Result<std::vector<ArchiveRecord>> List(const OpContext& ctx);
  /// Returns the ids of archives at rest whose bucket is not yet what the journal says: a run
  /// was killed before it had published or deleted, or, `with_copies`, something has no copy yet.
  Result<std::vector<std::int64_t>> Untidy(const OpContext& ctx, bool with_copies);
  /// NotFound when there is none.
  Result<ArchiveRecord> Load(const OpContext& ctx, std::int64_t id);
  /// Makes a row in phase planned, or returns the one that is there.
  Result<ArchiveRecord> Register(const OpContext& ctx, const ArchiveRecord& planned);

  /// Applies `event` and writes every mutable field of `record`; bumps record.state.
  /// REQUIRES: the first statement of a transaction.
  Status Advance(const OpContext& ctx, ArchiveRecord& record, model::Event event,
                 const std::string& detail);
  /// The same without a change of phase: revision + 1. An empty `detail` logs no event.
  Status Touch(const OpContext& ctx, ArchiveRecord& record, const std::string& detail);
  /// Writes `after` over `record` as it stands, its state and nonce too, after a recovery.
  /// REQUIRES: as Advance.
  Status Reconcile(const OpContext& ctx, ArchiveRecord& record, ArchiveRecord after,
                   const std::string& detail);
  /// Makes a row as it is given, but its id; returns it. AlreadyExists when there is one of these
  /// bounds.
  Result<ArchiveRecord> Insert(const OpContext& ctx, const ArchiveRecord& record,
                               const std::string& detail);
  /// Records why a run stopped, or that nothing is wrong. Takes no part in the revision.
  Status NoteError(const OpContext& ctx, std::int64_t id, const std::optional<std::string>& error);

  Result<std::vector<JournalPart>> Parts(const OpContext& ctx, std::int64_t archive_id);
  /// True while nobody has replaced the part since it was planned, and it is not written yet.
  Result<bool> IsToBeWritten(const OpContext& ctx, std::int64_t archive_id, int number);
  Status InsertPart(const OpContext& ctx, std::int64_t archive_id, const JournalPart& part);
  Status UpdatePart(const OpContext& ctx, std::int64_t archive_id, const JournalPart& part);
  Status DeletePart(const OpContext& ctx, std::int64_t archive_id, int number);

  Result<std::vector<JournalEvent>> Events(const OpContext& ctx, std::int64_t archive_id);

  /// Tries to take the session lock that spares two processes the same work. Nothing
  /// depends on it.
  Result<bool> TryLead(const OpContext& ctx, std::int64_t archive_id);
  Status StopLeading(const OpContext& ctx, std::int64_t archive_id);

  /// Compares the relation's counters of updates and deletes with those of the last look,
  /// and keeps them. True when they grew since.
  Result<bool> ChangedSinceLastLook(const OpContext& ctx, std::uint32_t relation);

  pg::Connection& connection() { return connection_; }

 private:
  Status Write(const OpContext& ctx, const ArchiveRecord& before, const ArchiveRecord& after);
  Status LogEvent(const OpContext& ctx, const ArchiveRecord& record, const std::string& event,
                  const std::string& detail);
  pg::Connection& connection_;
};

}  // namespace pgattic::catalog
