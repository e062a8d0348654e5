#include "archive/erase_step.h"

#include <algorithm>
#include <set>

#include "archive/copy_step.h"
#include "archive/erased_rows.h"
#include "archive/guard.h"
#include "archive/old_versions.h"
#include "archive/part_crew.h"
#include "archive/publish_step.h"
#include "archive/replacement.h"
#include "archive/swap_step.h"
#include "base/failpoint.h"
#include "cache/cache_key.h"
#include "catalog/erasing.h"
#include "catalog/erasures.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;
using model::Phase;

/// One request under way.
class Eraser {
 public:
  Eraser(const RunContext& run, const std::vector<std::string>& ids, EraseReport& report)
      : run_(run), ids_(ids), is_erased_(ids.begin(), ids.end()), report_(report) {}

  /// The list first: from here on the ids must not come back.
  Status Begin();
  Status DeleteFromPartitions();
  /// Everything of one archive that may hold rows.
  Status EraseFrom(ArchiveRecord& record, ErasedArchive& done);
  Status ForgetCached(const std::vector<ArchiveRecord>& records, cache::RowCache& cache);
  Status Finish();

 private:
  Status RollBackIfConcerned(ArchiveRecord& record, ErasedArchive& done);
  Result<bool> RollbackIsNeeded(const ArchiveRecord& record);
  Status DeleteFromDetached(ArchiveRecord& record, ErasedArchive& done);
  Status RewriteParts(ArchiveRecord& record, ErasedArchive& done);
  /// Writes all of them, several at a time; returns how many rows were left out of each.
  Result<std::vector<std::int64_t>> WriteAll(std::vector<Replacement>& replacements, int workers);
  Status Prove(ArchiveRecord& record, Replacement& replacement, ErasedArchive& done);
  Status Switch(ArchiveRecord& record, std::vector<Replacement> replacements,
                const ErasedArchive& done);
  /// Errors of the past may name an id.
  Status ForgetError(const ArchiveRecord& record);

  const RunContext& run_;
  const std::vector<std::string>& ids_;
  const std::set<std::string> is_erased_;
  EraseReport& report_;
  std::vector<std::string> hashes_;
};

Status Eraser::Begin() {
  PGATTIC_ASSIGN_OR_RETURN(const catalog::ErasureList list,
                           catalog::LoadErasures(run_.ctx, run_.connection, run_.source.id));
  for (const std::string& id : is_erased_) hashes_.push_back(list.HashOf(id));
  PGATTIC_FAILPOINT("erase.before_list");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run_.ctx, run_.connection));
  PGATTIC_ASSIGN_OR_RETURN(
      report_.request, catalog::BeginErasure(run_.ctx, run_.connection, run_.source.id, hashes_));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run_.ctx));
  PGATTIC_FAILPOINT("erase.after_list");
  return Status::Ok();
}

Status Eraser::DeleteFromPartitions() {
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run_.ctx, run_.connection));
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t rows,
                           catalog::DeleteRowsOf(run_.ctx, run_.connection, run_.source, ids_));
  PGATTIC_RETURN_IF_ERROR(
      catalog::NoteErased(run_.ctx, run_.connection, report_.request, rows, 0, ""));
  PGATTIC_FAILPOINT("erase.before_delete_commit");
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run_.ctx));
  report_.table_rows = rows;
  PGATTIC_FAILPOINT("erase.after_delete_commit");
  return Status::Ok();
}

/// True when an object that a rollback deletes holds one of the rows, or may hold it.
Result<bool> Eraser::RollbackIsNeeded(const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run_.journal.Parts(run_.ctx, record.id));
  for (const JournalPart& part : parts) {
    const bool is_of_round = part.record.round == record.state.round;
    // What a killed run began to write may be there, whole.
    if (is_of_round && part.state == PartState::kWriting) return true;
    if (!is_of_round && !part.published) continue;
    PGATTIC_ASSIGN_OR_RETURN(const std::int64_t rows, CountRowsInPart(run_, part.record, ids_));
    if (rows > 0) return true;
  }
  return false;
}

/// Before its swap, or after a restore, the rows of a round are in the table: its export begins
/// anew without them. Rows that only its objects hold are not given up for that: see RefuseLosing.
/// Rounds before it are at rest again.
Status Eraser::RollBackIfConcerned(ArchiveRecord& record, ErasedArchive& done) {
  if (IsAtRest(record)) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const bool is_needed, RollbackIsNeeded(record));
  if (!is_needed) return Status::Ok();
  PGATTIC_RETURN_IF_ERROR(RollBack(run_, record));
  done.is_rolled_back = true;
  PGATTIC_ASSIGN_OR_RETURN(record, run_.journal.Load(run_.ctx, record.id));
  return Status::Ok();
}

Status Eraser::DeleteFromDetached(ArchiveRecord& record, ErasedArchive& done) {
  if (record.state.phase != Phase::kDetached || !record.fingerprint) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(
      const std::int64_t there,
      catalog::CountRowsIn(run_.ctx, run_.connection, run_.source, record.relation, ids_));
  if (there == 0) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run_.ctx, run_.connection));
  PGATTIC_RETURN_IF_ERROR(run_.journal.Touch(run_.ctx, record, "rows of erased ids deleted"));
  PGATTIC_ASSIGN_OR_RETURN(
      const catalog::Fingerprint gone,
      catalog::DeleteRowsIn(run_.ctx, run_.connection, run_.source, record.relation, ids_));
  // What the drop compares the table with.
  PGATTIC_ASSIGN_OR_RETURN(record.fingerprint,
                           catalog::Subtract(run_.ctx, run_.connection, *record.fingerprint, gone));
  PGATTIC_RETURN_IF_ERROR(run_.journal.Touch(run_.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(catalog::NoteErased(run_.ctx, run_.connection, report_.request, gone.rows,
                                              0, record.partition));
  PGATTIC_FAILPOINT("erase.before_detached_commit");
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run_.ctx));
  PGATTIC_FAILPOINT("erase.after_detached_commit");
  done.table_rows = gone.rows;
  return Status::Ok();
}

Result<std::vector<std::int64_t>> Eraser::WriteAll(std::vector<Replacement>& replacements,
                                                   int workers) {
  std::vector<std::int64_t> left_out(replacements.size());
  PGATTIC_RETURN_IF_ERROR(
      WorkInCrew(run_, workers, replacements.size(),
                 [&](pg::Connection& /*connection*/, std::size_t index) -> Status {
                   PGATTIC_ASSIGN_OR_RETURN(left_out[index],
                                            WriteWithout(run_, is_erased_, replacements[index]));
                   return Status::Ok();
                 }));
  return left_out;
}

Status Eraser::Prove(ArchiveRecord& record, Replacement& replacement, ErasedArchive& done) {
  JournalPart& next = replacement.next;
  next.fingerprint_sum = "0";
  const bool has_table =
      record.state.phase == Phase::kDetached && next.record.round == record.state.round;
  if (has_table) {
    PGATTIC_ASSIGN_OR_RETURN(const auto now,
                             catalog::TakeRangeFingerprints(run_.ctx, run_.connection, run_.source,
                                                            record.relation, {next.range}));
    next.fingerprint_sum = now.front().sum;
  }
  PGATTIC_RETURN_IF_ERROR(ProveReplacement(run_, record, replacement));
  ++done.parts;
  if (run_.on_progress) {
    run_.on_progress({record.partition, "erase", done.rows, 0, replacement.former.record.bytes});
  }
  return Status::Ok();
}

/// The parts without the rows count from here on; nothing in the journal names the ids.
Status Eraser::Switch(ArchiveRecord& record, std::vector<Replacement> replacements,
                      const ErasedArchive& done) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run_.journal.Parts(run_.ctx, record.id));
  std::erase_if(parts, [&](const JournalPart& part) {
    return std::any_of(replacements.begin(), replacements.end(), [&](const Replacement& one) {
      return one.former.record.number == part.record.number;
    });
  });
  const std::set<int> moved = MoveBounds(is_erased_, parts);
  for (Replacement& replacement : replacements) {
    for (const JournalPart& part : parts) {
      if (part.record.number == replacement.next.record.number) replacement.next = part;
    }
  }
  return FinishReplacement(
      run_, record, replacements,
      std::to_string(done.rows) + " rows of erased ids left out of " + std::to_string(done.parts) +
          " parts",
      [&]() -> Status {
        for (const JournalPart& part : parts) {
          const bool is_next = !part.published;
          if (is_next || !moved.contains(part.record.number)) continue;
          PGATTIC_RETURN_IF_ERROR(run_.journal.UpdatePart(run_.ctx, record.id, part));
        }
        PGATTIC_RETURN_IF_ERROR(
            catalog::AddArchiveErasures(run_.ctx, run_.connection, record.id, hashes_));
        return catalog::NoteErased(run_.ctx, run_.connection, report_.request, 0, done.rows,
                                   record.partition);
      });
}

Status Eraser::RewriteParts(ArchiveRecord& record, ErasedArchive& done) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run_.journal.Parts(run_.ctx, record.id));
  std::vector<JournalPart> formers;
  for (JournalPart& part : parts) {
    if (!part.published) continue;
    PGATTIC_ASSIGN_OR_RETURN(const std::int64_t rows, CountRowsInPart(run_, part.record, ids_));
    if (rows > 0) formers.push_back(std::move(part));
  }
  if (formers.empty()) return Status::Ok();
  const int workers = WorkersFor(run_.options, formers);
  PGATTIC_ASSIGN_OR_RETURN(std::vector<Replacement> replacements,
                           BeginReplacement(run_, record, std::move(formers)));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::int64_t> left_out,
                           WriteAll(replacements, workers));
  for (std::size_t i = 0; i < replacements.size(); ++i) {
    PGATTIC_RETURN_IF_ERROR(run_.ctx.Check());
    done.rows += left_out[i];
    PGATTIC_RETURN_IF_ERROR(Prove(record, replacements[i], done));
  }
  return Switch(record, std::move(replacements), done);
}

Status Eraser::ForgetError(const ArchiveRecord& record) {
  if (!record.error) return Status::Ok();
  const bool names_one = std::any_of(ids_.begin(), ids_.end(), [&](const std::string& id) {
    return record.error->find(id) != std::string::npos;
  });
  return names_one ? run_.journal.NoteError(run_.ctx, record.id, std::nullopt) : Status::Ok();
}

Status Eraser::EraseFrom(ArchiveRecord& record, ErasedArchive& done) {
  PGATTIC_RETURN_IF_ERROR(CheckNotRecovered(run_, record));
  PGATTIC_RETURN_IF_ERROR(ForgetError(record));
  // What runs before this one left may hold the rows too.
  PGATTIC_RETURN_IF_ERROR(Tidy(run_, record));
  PGATTIC_RETURN_IF_ERROR(RollBackIfConcerned(record, done));
  done.phase = record.state.phase;
  if (!IsAtRest(record)) return Status::Ok();
  PGATTIC_RETURN_IF_ERROR(DeleteFromDetached(record, done));
  PGATTIC_RETURN_IF_ERROR(RewriteParts(record, done));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> erased,
                           catalog::ArchiveErasures(run_.ctx, run_.connection, record.id));
  const bool is_concerned = std::any_of(hashes_.begin(), hashes_.end(), [&](const auto& hash) {
    return std::binary_search(erased.begin(), erased.end(), hash);
  });
  if (!is_concerned) return Status::Ok();
  PGATTIC_FAILPOINT("erase.before_versions");
  PGATTIC_RETURN_IF_ERROR(CopyArchive(run_, record));
  return DeleteOldVersions(run_, record);
}

Status Eraser::ForgetCached(const std::vector<ArchiveRecord>& records, cache::RowCache& cache) {
  std::vector<std::string> keys;
  for (const ArchiveRecord& record : records) {
    PGATTIC_ASSIGN_OR_RETURN(const std::int64_t route,
                             catalog::RouteOf(run_.ctx, run_.connection, record.id));
    const std::string source = cache::CacheSource(run_.source.id.Name(), record.nonce);
    for (const std::string& id : ids_) {
      for (std::int64_t at = 0; at <= route; ++at) {
        keys.push_back(cache::CacheKey({source, record.id, at, id}));
      }
    }
  }
  PGATTIC_FAILPOINT("erase.before_cache");
  return cache.Remove(run_.ctx, keys).While("removing rows from " + cache.Describe());
}

Status Eraser::Finish() {
  PGATTIC_FAILPOINT("erase.before_done");
  PGATTIC_RETURN_IF_ERROR(
      catalog::FinishErasure(run_.ctx, run_.connection, run_.source.id, report_.request, hashes_));
  PGATTIC_FAILPOINT("erase.after_done");
  return Status::Ok();
}

Result<std::vector<ArchiveRecord>> ArchivesOf(const RunContext& run) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<ArchiveRecord> records, run.journal.List(run.ctx));
  std::erase_if(records,
                [&](const ArchiveRecord& record) { return !(record.source == run.source.id); });
  return records;
}

/// One archive, led by this process for as long.
ErasedArchive EraseLed(const RunContext& run, Eraser& eraser, const ArchiveRecord& record) {
  ErasedArchive done;
  done.partition = record.partition;
  const Result<bool> leads = run.journal.TryLead(run.ctx, record.id);
  if (!leads.ok()) {
    done.status = leads.status();
  } else if (!*leads) {
    done.status = Status(Code::kDeferred, "another pgattic is at work on " + record.partition +
                                              "; erase the same ids again later");
  } else {
    Result<ArchiveRecord> fresh = run.journal.Load(run.ctx, record.id);
    done.status = fresh.ok() ? eraser.EraseFrom(*fresh, done) : fresh.status();
    if (run.connection.usable()) {
      static_cast<void>(run.journal.StopLeading(run.ctx, record.id).ok());
    }
  }
  return done;
}

Status EraseAll(const RunContext& run, Eraser& eraser, cache::RowCache* cache,
                EraseReport& report) {
  PGATTIC_RETURN_IF_ERROR(eraser.Begin());
  PGATTIC_RETURN_IF_ERROR(eraser.DeleteFromPartitions());
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<ArchiveRecord> records, ArchivesOf(run));
  bool all_done = true;
  for (const ArchiveRecord& record : records) {
    PGATTIC_RETURN_IF_ERROR(run.ctx.Check());
    ErasedArchive done = EraseLed(run, eraser, record);
    all_done = all_done && done.status.ok();
    const bool is_concerned =
        done.parts > 0 || done.table_rows > 0 || done.is_rolled_back || !done.status.ok();
    if (is_concerned) report.archives.push_back(std::move(done));
  }
  if (cache != nullptr) PGATTIC_RETURN_IF_ERROR(eraser.ForgetCached(records, *cache));
  return all_done ? eraser.Finish() : Status::Ok();
}

}  // namespace

Result<EraseReport> PlanErasure(const RunContext& run, const std::vector<std::string>& ids) {
  EraseReport report;
  PGATTIC_ASSIGN_OR_RETURN(report.table_rows,
                           catalog::CountRowsOf(run.ctx, run.connection, run.source, ids));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<ArchiveRecord> records, ArchivesOf(run));
  for (const ArchiveRecord& record : records) {
    ErasedArchive would;
    would.partition = record.partition;
    would.phase = record.state.phase;
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                             run.journal.Parts(run.ctx, record.id));
    for (const JournalPart& part : parts) {
      if (part.record.etag.empty()) continue;
      PGATTIC_ASSIGN_OR_RETURN(const std::int64_t rows, CountRowsInPart(run, part.record, ids));
      would.rows += rows;
      would.parts += rows > 0 ? 1 : 0;
    }
    if (would.phase == Phase::kDetached) {
      PGATTIC_ASSIGN_OR_RETURN(
          would.table_rows,
          catalog::CountRowsIn(run.ctx, run.connection, run.source, record.relation, ids));
    }
    would.is_rolled_back = would.parts > 0 && !IsAtRest(record);
    if (would.parts > 0 || would.table_rows > 0) report.archives.push_back(std::move(would));
  }
  return report;
}

EraseReport Erase(const RunContext& run, const std::vector<std::string>& ids,
                  cache::RowCache* cache) {
  EraseReport report;
  Eraser eraser(run, ids, report);
  report.failure = EraseAll(run, eraser, cache, report);
  return report;
}

}  // namespace pgattic::archive
