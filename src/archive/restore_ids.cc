#include "archive/restore_ids.h"

#include <algorithm>
#include <unordered_set>

#include "archive/restore_table.h"
#include "catalog/id_text.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

constexpr std::chrono::milliseconds kTableLockTimeout{2000};

/// Published parts of rounds that are swapped, which can hold one of the ids.
Result<std::vector<JournalPart>> PartsOfIds(const RunContext& run, const ArchiveRecord& record,
                                            const std::vector<std::string>& ids) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, ArchivedParts(run, record));
  std::erase_if(parts, [&](const JournalPart& part) {
    return part.record.round > record.state.round ||
           (part.record.round == record.state.round && !model::IsSwapped(record.state.phase));
  });
  if (parts.empty()) {
    return {Code::kFailedPrecondition, "nothing of " + record.partition +
                                           " is archived, its rows are in the database; nothing "
                                           "was changed"};
  }
  std::erase_if(parts, [&](const JournalPart& part) {
    return std::none_of(ids.begin(), ids.end(), [&](const std::string& id) {
      return catalog::IsInIdRange(run.source.id_kind, id, part.record.min_id, part.record.max_id);
    });
  });
  return parts;
}

Status NoSchema(const pg::QualifiedName& table) {
  return {Code::kFailedPrecondition, "there is no schema for " + table.Plain() +
                                         "; nothing was changed. Create it, with CREATE on it for "
                                         "the owner of the source, or name another"};
}

/// The table, locked: made where there is none, empty where there is one.
Result<catalog::RelationRef> EmptyTable(const RunContext& run, const pg::QualifiedName& name) {
  PGATTIC_RETURN_IF_ERROR(catalog::SetLockTimeout(run.ctx, run.connection, kTableLockTimeout));
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t oid,
                           catalog::FindRelation(run.ctx, run.connection, name));
  if (oid == 0) {
    PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run.ctx, run.connection, run.source));
    Result<catalog::RelationRef> made =
        catalog::CreateLikeParent(run.ctx, run.connection, run.source, name, std::nullopt);
    const bool has_no_schema = !made.ok() && made.error().origin.code == "3F000";
    return has_no_schema ? NoSchema(name) : std::move(made);
  }
  PGATTIC_RETURN_IF_ERROR(catalog::LockRelation(run.ctx, run.connection, name,
                                                "SHARE ROW EXCLUSIVE", kTableLockTimeout));
  PGATTIC_ASSIGN_OR_RETURN(const bool has_rows, catalog::HasRows(run.ctx, run.connection, name));
  if (!has_rows) return catalog::RelationRef{name, oid};
  return {Code::kFailedPrecondition, name.Plain() +
                                         " holds rows; nothing was changed. Name an empty table, "
                                         "or one that is not there"};
}

}  // namespace

Result<LoadedIds> RestoreIds(const RunContext& run, const ArchiveRecord& record,
                             const std::vector<std::string>& ids, const pg::QualifiedName& table) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts, PartsOfIds(run, record, ids));
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_ASSIGN_OR_RETURN(const catalog::RelationRef into, EmptyTable(run, table));
  PGATTIC_ASSIGN_OR_RETURN(const columnar::LoadTarget target, LoadTargetOf(run, into.oid, parts));
  PGATTIC_ASSIGN_OR_RETURN(const WantsRow wants, NotErased(run));
  std::unordered_set<std::string> missing(ids.begin(), ids.end());
  const std::unordered_set<std::string> asked = missing;
  const WantsRow wants_id = [&](const std::string& id) {
    if (!asked.contains(id) || !wants(id)) return false;
    missing.erase(id);
    return true;
  };
  Progress progress{record.partition, "load"};
  const std::function<void(std::int64_t, std::int64_t)> on_rows = [&](std::int64_t rows,
                                                                      std::int64_t bytes) {
    progress.rows_done += rows;
    progress.bytes_done += bytes;
    if (run.on_progress) run.on_progress(progress);
  };
  const PartLoad load{run, into.name, target, wants_id, on_rows};
  RowDigest expected;
  for (const JournalPart& part : parts) {
    PGATTIC_ASSIGN_OR_RETURN(const RowDigest digest, load.Load(run.connection, part));
    expected.Add(digest);
  }
  PGATTIC_ASSIGN_OR_RETURN(const TableContents found, ReadTable(run, run.connection, into, target));
  if (!(found.digest == expected)) {
    return {Code::kFailedPrecondition,
            table.Plain() +
                " does not take the rows as they were archived: a trigger, a rule or a type "
                "changes them. Nothing was changed; name a table that is not there, and it is "
                "made like " +
                run.source.id.Name()};
  }
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  LoadedIds loaded{expected.rows, {missing.begin(), missing.end()}};
  std::sort(loaded.absent.begin(), loaded.absent.end());
  return loaded;
}

}  // namespace pgattic::archive
