#include "archive/guard.h"

#include <charconv>

#include "archive/object_check.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;

std::string Attribute(const store::ObjectInfo& object, const char* key) {
  const auto found = object.user_metadata.find(key);
  return found == object.user_metadata.end() ? "" : found->second;
}

std::int64_t RevisionOf(const store::ObjectInfo& object) {
  const std::string text = Attribute(object, kRevisionKey);
  std::int64_t revision = -1;
  std::from_chars(text.data(), text.data() + text.size(), revision);
  return revision;
}

Status CheckServer(const RunContext& run, const ArchiveRecord& record) {
  if (record.system_identifier == run.server.system_identifier &&
      record.timeline == run.server.timeline) {
    return Status::Ok();
  }
  return {Code::kFailedPrecondition,
          "the journal was written on server " + record.system_identifier + ", timeline " +
              std::to_string(record.timeline) + "; this is " + run.server.system_identifier +
              ", timeline " + std::to_string(run.server.timeline) +
              ": PostgreSQL was recovered or failed over. Nothing was changed; the archive "
              "has to be reconciled first"};
}

Status Ahead(const RunContext& run, const std::string& key, const std::string& what) {
  return {Code::kFailedPrecondition,
          run.store.Describe() + "/" + key + " " + what +
              ": PostgreSQL was recovered to an earlier state, or the journal was lost. Nothing "
              "was changed; the archive has to be reconciled first"};
}

}  // namespace

std::map<std::string, std::string> SidecarMetadata(const ArchiveRecord& record,
                                                   const std::string& lsn) {
  return {{kNonceKey, record.nonce},
          {kRevisionKey, std::to_string(record.state.revision)},
          {kLsnKey, lsn}};
}

bool IsOurSidecar(const store::ObjectInfo& object, const ArchiveRecord& record) {
  return Attribute(object, kNonceKey) == record.nonce &&
         RevisionOf(object) <= record.state.revision;
}

namespace {

enum class Nameless { kRefused, kPasses };

Status CheckMetadata(const RunContext& run, const ArchiveRecord& record, Nameless nameless) {
  const std::string key = run.KeysOf(record).Metadata();
  Result<store::ObjectInfo> found = run.store.Head(run.ctx, key, "");
  if (!found.ok()) {
    Status status = std::move(found).status();
    // Before the first part there is no owner object yet to try the credentials with.
    const bool is_new = record.state.phase == model::Phase::kPlanned && record.state.round == 1;
    if (is_new && status.Is(Code::kPermissionDenied)) return Status::Ok();
    return IsMissing(run, record, std::move(status)).status();
  }
  const std::string nonce = Attribute(*found, kNonceKey);
  if (nonce.empty() && nameless == Nameless::kPasses) return Status::Ok();
  if (nonce != record.nonce) {
    return Ahead(run, key, "is of an archive that this journal did not write");
  }
  if (!IsOurSidecar(*found, record)) return Ahead(run, key, "is ahead of the journal");
  PGATTIC_ASSIGN_OR_RETURN(const bool is_behind,
                           catalog::IsBehind(run.ctx, run.connection, Attribute(*found, kLsnKey)));
  return is_behind ? Ahead(run, key, "was written at a later WAL position") : Status::Ok();
}

}  // namespace

Status CheckNotRecovered(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(CheckServer(run, record));
  return CheckMetadata(run, record, Nameless::kRefused);
}

Status CheckNotAhead(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(CheckServer(run, record));
  return CheckMetadata(run, record, Nameless::kPasses);
}

Status CheckStillLeading(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const ArchiveRecord now, run.journal.Load(run.ctx, record.id));
  if (now.state == record.state) return Status::Ok();
  return {Code::kConflict, "another process moved the archive of " + record.partition +
                               " on meanwhile; this one changed nothing. The next run goes on "
                               "from where it stands"};
}

}  // namespace pgattic::archive
