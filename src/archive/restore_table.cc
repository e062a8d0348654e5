#include "archive/restore_table.h"

#include <algorithm>
#include <mutex>

#include "archive/part_crew.h"
#include "base/failpoint.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::LoadedPart;
using catalog::RestoreRecord;

constexpr std::chrono::milliseconds kTableLockTimeout{2000};

Status NameIsTaken(const pg::QualifiedName& name) {
  return {Code::kFailedPrecondition,
          "a restore needs the name " + name.Plain() +
              ", which is something else's; nothing was changed. Rename that, and run it again"};
}

/// True when the table of a former run is there and holds nothing but parts of the archive.
Result<bool> CanGoOn(const RunContext& run, const RestoreRecord& restore,
                     const std::vector<JournalPart>& parts) {
  PGATTIC_ASSIGN_OR_RETURN(const auto name,
                           catalog::NameOfRelation(run.ctx, run.connection, restore.table.oid));
  if (!name || !(*name == restore.table.name)) return false;
  PGATTIC_ASSIGN_OR_RETURN(
      const std::vector<LoadedPart> loaded,
      catalog::RestoreJournal(run.connection).Loaded(run.ctx, restore.archive_id));
  return std::all_of(loaded.begin(), loaded.end(), [&](const LoadedPart& one) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](const JournalPart& part) { return part.record.number == one.number; });
  });
}

/// Drops the table of a former run, if that is still what the journal says.
Status DropFormer(const RunContext& run, const std::optional<RestoreRecord>& former) {
  if (!former || former->stage != catalog::RestoreStage::kLoading) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t oid,
                           catalog::FindRelation(run.ctx, run.connection, former->table.name));
  if (oid == 0 || oid != former->table.oid) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t parent,
                           catalog::ParentOf(run.ctx, run.connection, oid));
  const std::string table = former->table.name.Plain();
  if (parent != 0) {
    return {Code::kFailedPrecondition,
            table +
                ", the table of a restore under way, was attached by hand; nothing was "
                "changed. Detach it, and run it again"};
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const std::vector<LoadedPart> loaded,
      catalog::RestoreJournal(run.connection).Loaded(run.ctx, former->archive_id));
  std::int64_t expected = 0;
  for (const LoadedPart& part : loaded) expected += part.digest.rows;
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t rows,
                           catalog::CountRows(run.ctx, run.connection, former->table));
  if (rows != expected) {
    return {Code::kFailedPrecondition,
            table +
                ", the table of a restore under way, holds rows that somebody else wrote; "
                "nothing was changed. Move them, drop it, and run it again"};
  }
  return catalog::DropRelation(run.ctx, run.connection, former->table.name);
}

Result<RestoreRecord> CreateTable(const RunContext& run, ArchiveRecord& record,
                                  const std::optional<RestoreRecord>& former,
                                  const std::optional<catalog::RelationRef>& sibling) {
  PGATTIC_FAILPOINT("restore.before_create");
  RestoreRecord restore;
  restore.archive_id = record.id;
  const pg::QualifiedName name{record.relation.name.schema, record.partition};
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(
      run.journal.Touch(run.ctx, record, "a restore fills " + name.Plain() + " anew"));
  PGATTIC_RETURN_IF_ERROR(catalog::SetLockTimeout(run.ctx, run.connection, kTableLockTimeout));
  PGATTIC_RETURN_IF_ERROR(DropFormer(run, former));
  PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run.ctx, run.connection, run.source));
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t taken,
                           catalog::FindRelation(run.ctx, run.connection, name));
  if (taken != 0) return NameIsTaken(name);
  PGATTIC_ASSIGN_OR_RETURN(
      restore.table, catalog::CreateLikeParent(run.ctx, run.connection, run.source, name, sibling));
  PGATTIC_RETURN_IF_ERROR(catalog::StopActing(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(catalog::RestoreJournal(run.connection).Begin(run.ctx, restore));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("restore.after_create");
  return restore;
}

/// Loads parts. Each is one transaction of the worker's session; its compare-and-set comes last,
/// under one mutex that guards `record`: first, it would keep the journal's row locked for the
/// length of the load, and no two could be under way.
class PartsToLoad {
 public:
  PartsToLoad(const RunContext& run, ArchiveRecord& record, const RestoreRecord& restore,
              const columnar::LoadTarget& target, const WantsRow& wants)
      : run_(run), record_(record), restore_(restore), target_(target), wants_(wants) {}

  Status Run(std::vector<JournalPart> parts, int workers) {
    for (const JournalPart& part : parts) progress_.rows_total += part.record.rows;
    return WorkInCrew(run_, workers, parts.size(),
                      [&](pg::Connection& connection, std::size_t index) {
                        return LoadOne(connection, parts[index]);
                      });
  }

 private:
  Status LoadOne(pg::Connection& connection, const JournalPart& part) {
    PGATTIC_FAILPOINT("restore.before_load");
    PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run_.ctx, connection));
    PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run_.ctx, connection, run_.source));
    PGATTIC_RETURN_IF_ERROR(catalog::LockRelation(run_.ctx, connection, restore_.table.name,
                                                  "ROW EXCLUSIVE", kTableLockTimeout));
    PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t oid,
                             catalog::FindRelation(run_.ctx, connection, restore_.table.name));
    if (oid != restore_.table.oid) return NameIsTaken(restore_.table.name);
    const std::function<void(std::int64_t, std::int64_t)> on_rows =
        [this](std::int64_t rows, std::int64_t bytes) { Report(rows, bytes); };
    const PartLoad load{run_, restore_.table.name, target_, wants_, on_rows};
    PGATTIC_ASSIGN_OR_RETURN(const RowDigest digest, load.Load(connection, part));
    PGATTIC_RETURN_IF_ERROR(catalog::StopActing(run_.ctx, connection));
    return Record(connection, *transaction, {part.record.number, digest});
  }

  Status Record(pg::Connection& connection, pg::Transaction& transaction, const LoadedPart& part) {
    const std::scoped_lock lock(mutex_);
    PGATTIC_RETURN_IF_ERROR(catalog::Journal(connection).Touch(run_.ctx, record_, ""));
    PGATTIC_RETURN_IF_ERROR(
        catalog::RestoreJournal(connection).AddLoaded(run_.ctx, record_.id, part));
    PGATTIC_FAILPOINT("restore.before_record");
    PGATTIC_RETURN_IF_ERROR(transaction.Commit(run_.ctx));
    PGATTIC_FAILPOINT("restore.after_record");
    return Status::Ok();
  }

  void Report(std::int64_t rows, std::int64_t bytes) {
    if (!run_.on_progress) return;
    const std::scoped_lock lock(progress_mutex_);
    progress_.rows_done += rows;
    progress_.bytes_done += bytes;
    run_.on_progress(progress_);
  }

  const RunContext& run_;
  ArchiveRecord& record_;
  const RestoreRecord& restore_;
  const columnar::LoadTarget& target_;
  const WantsRow& wants_;
  std::mutex mutex_;
  std::mutex progress_mutex_;  // Guards progress_.
  Progress progress_{record_.partition, "load"};
};

Status LoadMissing(const RunContext& run, ArchiveRecord& record, const RestoreRecord& restore,
                   const columnar::LoadTarget& target, std::vector<JournalPart> parts,
                   const WantsRow& wants) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<LoadedPart> loaded,
                           catalog::RestoreJournal(run.connection).Loaded(run.ctx, record.id));
  const int workers = WorkersFor(run.options, parts);
  std::erase_if(parts, [&](const JournalPart& part) {
    return std::any_of(loaded.begin(), loaded.end(),
                       [&](const LoadedPart& one) { return one.number == part.record.number; });
  });
  return PartsToLoad(run, record, restore, target, wants).Run(std::move(parts), workers);
}

/// True when the table was compared already and nobody touched it since.
Result<bool> IsProven(const RunContext& run, const RestoreRecord& restore) {
  if (!restore.proven) return false;
  PGATTIC_ASSIGN_OR_RETURN(const catalog::Fingerprint now,
                           catalog::TakeFingerprint(run.ctx, run.connection, restore.table));
  return now == *restore.proven;
}

}  // namespace

Result<std::vector<JournalPart>> ArchivedParts(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run.journal.Parts(run.ctx, record.id));
  std::erase_if(parts, [](const JournalPart& part) {
    return !part.published || part.state != catalog::PartState::kVerified;
  });
  return parts;
}

Result<RestoreRecord> FillRestoreTable(const RunContext& run, ArchiveRecord& record,
                                       const std::optional<catalog::RelationRef>& sibling) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, ArchivedParts(run, record));
  PGATTIC_ASSIGN_OR_RETURN(std::optional<RestoreRecord> restore,
                           catalog::RestoreJournal(run.connection).Find(run.ctx, record.id));
  bool goes_on = restore.has_value() && restore->stage == catalog::RestoreStage::kLoading;
  if (goes_on) {
    PGATTIC_ASSIGN_OR_RETURN(goes_on, CanGoOn(run, *restore, parts));
  }
  // Whatever does not fit is found before anything is made.
  PGATTIC_ASSIGN_OR_RETURN(const columnar::LoadTarget target,
                           LoadTargetOf(run, goes_on ? restore->table.oid : run.source.oid, parts));
  if (!goes_on) {
    PGATTIC_ASSIGN_OR_RETURN(restore, CreateTable(run, record, restore, sibling));
  }
  PGATTIC_ASSIGN_OR_RETURN(const WantsRow wants, NotErased(run));
  PGATTIC_RETURN_IF_ERROR(LoadMissing(run, record, *restore, target, std::move(parts), wants));
  return *restore;
}

Status ProveRestoreTable(const RunContext& run, ArchiveRecord& record, RestoreRecord& restore) {
  PGATTIC_ASSIGN_OR_RETURN(const bool is_proven, IsProven(run, restore));
  if (is_proven) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts, ArchivedParts(run, record));
  PGATTIC_ASSIGN_OR_RETURN(const columnar::LoadTarget target,
                           LoadTargetOf(run, restore.table.oid, parts));
  catalog::RestoreJournal restores(run.connection);
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<LoadedPart> loaded,
                           restores.Loaded(run.ctx, record.id));
  RowDigest expected;
  for (const LoadedPart& part : loaded) expected.Add(part.digest);
  if (run.on_progress) run.on_progress({record.partition, "compare", 0, expected.rows, 0});
  PGATTIC_ASSIGN_OR_RETURN(const TableContents found,
                           ReadTableInCrew(run, restore.table, target, WorkerCount(run.options)));
  if (!(found.digest == expected)) {
    return {Code::kFailedPrecondition,
            restore.table.name.Plain() + " holds " + std::to_string(found.digest.rows) +
                " rows that are not the " + std::to_string(expected.rows) +
                " of the archive, by their digest: somebody wrote to it or altered it meanwhile. "
                "It was not attached, and the archive is as before. DROP TABLE " +
                restore.table.name.Quoted() + ", then run it again"};
  }
  PGATTIC_FAILPOINT("restore.before_proof");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record,
                                            restore.table.name.Plain() + " holds the " +
                                                std::to_string(expected.rows) +
                                                " rows of the archive, by digest"));
  restore.proven = found.fingerprint;
  PGATTIC_RETURN_IF_ERROR(restores.Update(run.ctx, restore));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("restore.after_proof");
  return Status::Ok();
}

}  // namespace pgattic::archive
