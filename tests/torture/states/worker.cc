#include "tests/torture/states/worker.h"

#include <algorithm>

namespace pgattic::torture::states {

using model::Event;
using model::Phase;

const Step::Entry& Step::EntryOf(Pc pc) {
  static constexpr Entry kEntries[] = {
      {"idle", &Step::End},
      {"guard", &Step::Guard},
      {"enrol", &Step::Enrol},
      {"tidy", &Step::LookForRubbish},
      {"HEAD metadata", &Step::HeadMetadata},
      {"DELETE metadata", &Step::DeleteMetadata},
      {"forget metadata", &Step::ForgetMetadata},
      {"abort uploads", &Step::AbortUploads},
      {"HEAD part", &Step::HeadPart},
      {"DELETE part", &Step::DeletePart},
      {"forget part", &Step::ForgetPart},
      {"next", &Step::Next},
      {"start export", &Step::StartExport},
      {"copy", &Step::Copy},
      {"start upload", &Step::StartUpload},
      {"check upload", &Step::CheckUpload},
      {"complete", &Step::Complete},
      {"record part", &Step::RecordPart},
      {"look for its part", &Step::UndoPart},
      {"delete its part", &Step::UndoPart},
      {"compare", &Step::Compare},
      {"record totals", &Step::RecordTotals},
      {"take back", &Step::TakeBack},
      {"prove", &Step::Prove},
      {"record proof", &Step::RecordProof},
      {"reject", &Step::Reject},
      {"proven", &Step::RecordProven},
      {"take revision", &Step::TakeRevision},
      {"put metadata", &Step::Put},
      {"HEAD to replace", &Step::ReplaceHead},
      {"replace metadata", &Step::ReplacePut},
      {"record generation", &Step::RecordGeneration},
      {"look for its metadata", &Step::UndoMetadata},
      {"delete its metadata", &Step::UndoMetadata},
      {"mark", &Step::Mark},
      {"HEAD before swap", &Step::HeadBeforeSwap},
      {"take back missing", &Step::TakeBackMissing},
      {"swap", &Step::Swap},
      {"HEAD before drop", &Step::HeadBeforeDrop},
      {"drop", &Step::Drop},
      {"swap back", &Step::SwapBack},
      {"unmark", &Step::Unmark},
      {"forget parts", &Step::Forget},
      {"forget what was restored", &Step::ForgetRestored},
      {"read parts", &Step::ReadParts},
      {"load", &Step::Load},
      {"attach", &Step::Attach},
  };
  return kEntries[static_cast<int>(pc)];
}

const char* PcName(Pc pc) { return Step::EntryOf(pc).name; }

void Step::Take() { (this->*EntryOf(worker_.pc).step)(); }

void Step::End() {
  if (worker_.upload != kNone && world_.uploads.at(worker_.upload) == worker_.nonce) {
    world_.uploads.at(worker_.upload) = 0;
  }
  worker_ = Worker();
}

void Step::Tidy(Pc after) {
  worker_.after_tidy = after;
  worker_.is_metadata_done = 0;
  GoTo(Pc::kTidy);
}

Step::Committed Step::Commit(std::optional<Event> event, const Effects& effects) {
  Record after = worker_.record;
  model::ArchiveState state = after.State();
  if (event) {
    const Result<model::ArchiveState> applied = model::Apply(state, *event);
    if (!applied.ok()) return Committed::kRefused;
    state = *applied;
  } else {
    ++state.revision;
  }
  after.SetState(state);
  const bool is_current = worker_.record.phase == world_.record.phase &&
                          worker_.record.revision == world_.record.revision;
  if (rules_.compare_and_set && !is_current) return Committed::kStale;
  const World before = world_;
  if (!effects(after)) {
    world_ = before;
    return Committed::kRefused;
  }
  world_.record = after;
  worker_.record = after;
  has_reply_to_lose_ = true;
  return loses_reply_ ? Committed::kInDoubt : Committed::kDone;
}

void Step::CommitOrEnd(std::optional<Event> event, Pc next, const Effects& effects) {
  Commit(event, effects) == Committed::kDone ? GoTo(next) : End();
}

bool Step::IsLive(const Part& part) const {
  return part.state != PartState::kAbsent && part.state != PartState::kObsolete &&
         part.round == worker_.record.round;
}

/// As archive::ReplacePart: the next attempt's key, never this one's.
void Step::Replace(Record& record, Part& part) {
  part.state = PartState::kObsolete;
  const std::string wrong = InsertPart(world_, record, record.attempt + 1, false);
  if (!wrong.empty()) fault_ = wrong;
}

bool Step::TakePart(PartState state) {
  const auto part = std::find_if(world_.parts.begin(), world_.parts.end(),
                                 [&](const Part& p) { return p.state == state && IsLive(p); });
  if (part == world_.parts.end()) return false;
  worker_.part = part->number;
  worker_.key = part->key;
  worker_.nonce = part->nonce;
  return true;
}

/// archive::CheckNotRecovered, then where archive or rollback begins.
void Step::Guard() {
  if (world_.metadata.etag != kNone && world_.metadata.revision > worker_.record.revision) {
    return End();
  }
  const Phase phase = worker_.record.phase_now();
  if (worker_.restores != 0) {
    return phase == Phase::kArchived ? Tidy(Pc::kReadParts) : End();
  }
  if (worker_.rolls_back == 0) {
    const int attached = AttachedTable(world_);
    const bool has_late_rows = phase == Phase::kArchived && attached != kNone &&
                               world_.tables.at(static_cast<std::size_t>(attached)).rows != 0;
    return has_late_rows ? GoTo(Pc::kEnrol) : Tidy(Pc::kNext);
  }
  if (phase == Phase::kArchived) return IsPublished(world_) ? End() : Tidy(Pc::kIdle);
  if (phase == Phase::kDetached) return GoTo(Pc::kSwapBack);
  if (phase == Phase::kPlanned && worker_.record.round == 1) {
    const bool is_restored = std::any_of(world_.parts.begin(), world_.parts.end(),
                                         [](const Part& part) { return part.published != 0; });
    return is_restored ? GoTo(Pc::kForgetRestored) : Tidy(Pc::kIdle);
  }
  GoTo(Pc::kUnmark);
}

void Step::Enrol() {
  const Committed committed = Commit(Event::kLateRowsFound, [&](Record& after) {
    const int attached = AttachedTable(world_);
    after.relation = static_cast<std::uint8_t>(attached);
    after.fingerprint = kNone;
    return attached != kNone;
  });
  committed == Committed::kDone ? Tidy(Pc::kNext) : End();
}

/// archive::Tidy and CleanUp: what is to be published or deleted next.
void Step::LookForRubbish() {
  const Phase phase = worker_.record.phase_now();
  if (phase == Phase::kArchived && !IsPublished(world_)) return GoTo(Pc::kTakeRevision);
  bool is_published = false;
  bool has_parts = false;
  const Part* obsolete = nullptr;
  for (const Part& part : world_.parts) {
    if (part.state == PartState::kAbsent) continue;
    has_parts = true;
    is_published = is_published || part.published != 0;
    if (part.state == PartState::kObsolete && part.published == 0) obsolete = &part;
  }
  const bool may_have_metadata =
      worker_.record.metadata_etag != kNone || (phase == Phase::kPlanned && has_parts);
  if (!is_published && may_have_metadata && worker_.is_metadata_done == 0) {
    return GoTo(Pc::kMetadataHead);
  }
  if (obsolete == nullptr) return GoTo(worker_.after_tidy);
  worker_.part = obsolete->number;
  worker_.key = obsolete->key;
  worker_.nonce = obsolete->nonce;
  GoTo(Pc::kAbortUploads);
}

void Step::HeadMetadata() {
  const bool is_ours =
      world_.metadata.etag != kNone && world_.metadata.revision <= worker_.record.revision;
  worker_.etag = world_.metadata.etag;
  GoTo(is_ours ? Pc::kMetadataDelete : Pc::kMetadataForget);
}

void Step::DeleteMetadata() {
  const bool is_same = world_.metadata.etag == worker_.etag;
  const bool is_gone = world_.metadata.etag == kNone;
  if (!is_same && !is_gone && rules_.delete_by_etag) return End();
  world_.metadata = {};
  GoTo(Pc::kMetadataForget);
}

void Step::ForgetMetadata() {
  worker_.is_metadata_done = 1;
  if (worker_.record.metadata_etag == kNone) return GoTo(Pc::kTidy);
  CommitOrEnd(std::nullopt, Pc::kTidy, [](Record& after) {
    after.metadata_etag = kNone;
    return true;
  });
}

void Step::AbortUploads() {
  for (std::uint8_t& nonce : world_.uploads) {
    if (nonce == worker_.nonce && rules_.abort_uploads) nonce = 0;
  }
  GoTo(Pc::kPartHead);
}

void Step::HeadPart() {
  const Part* part = FindPart(world_, worker_.part);
  const Object* object = FindObject(world_, worker_.key);
  const bool is_ours = object != nullptr &&
                       (object->nonce == worker_.nonce || (part != nullptr && part->etag != kNone));
  worker_.etag = is_ours ? object->etag : kNone;
  GoTo(is_ours ? Pc::kPartDelete : Pc::kPartForget);
}

void Step::DeletePart() {
  for (Object& object : world_.objects) {
    if (object.key != worker_.key) continue;
    if (object.etag != worker_.etag && rules_.delete_by_etag) return End();
    object = {};
  }
  GoTo(Pc::kPartForget);
}

void Step::ForgetPart() {
  CommitOrEnd(std::nullopt, Pc::kTidy, [&](Record&) {
    Part* part = FindPart(world_, worker_.part);
    const bool may_go =
        part != nullptr && part->state == PartState::kObsolete && part->published == 0;
    if (may_go) *part = {};
    return true;
  });
}

/// The loop of archive::Drive: the journal is read again before each step.
void Step::Next() {
  worker_.record = world_.record;
  switch (worker_.record.phase_now()) {
    case Phase::kPlanned:
      return GoTo(Pc::kStartExport);
    case Phase::kExporting:
      return GoTo(worker_.is_started != 0 ? Pc::kCopy : Pc::kStartExport);
    case Phase::kUploaded:
      return GoTo(Pc::kProve);
    case Phase::kVerified:
      return GoTo(IsPublished(world_) ? Pc::kMark : Pc::kTakeRevision);
    case Phase::kMarked:
      return GoTo(Pc::kSwapHead);
    case Phase::kDetached:
      return GoTo(Pc::kDropHead);
    case Phase::kArchived:
      return Tidy(Pc::kIdle);
  }
}

/// Late rows move into the old table, which is attached again.
void Step::SwapBack() {
  CommitOrEnd(Event::kSwappedBack, Pc::kUnmark, [&](Record& after) {
    const int late = AttachedTable(world_);
    Table& table = world_.tables.at(after.relation);
    if (late == kNone || table.exists == 0 || table.is_attached != 0) return false;
    Table& late_table = world_.tables.at(static_cast<std::size_t>(late));
    table.rows = static_cast<Rows>(table.rows | late_table.rows);
    table.is_attached = 1;
    late_table = {};
    world_.by_name = static_cast<Rows>(world_.by_name & ~table.rows);
    return true;
  });
}

void Step::Unmark() {
  if (worker_.record.phase_now() != Phase::kMarked) return GoTo(Pc::kForget);
  CommitOrEnd(Event::kUnmarking, Pc::kForget, [](Record&) { return true; });
}

void Step::Forget() {
  const std::uint8_t round = worker_.record.round;
  const Committed committed = Commit(Event::kRolledBack, [&](Record& after) {
    after.fingerprint = kNone;
    if (!rules_.keys_used_once) after.attempt = after.next_part = 0;
    for (Part& part : world_.parts) {
      if (part.state == PartState::kAbsent || part.round < round) continue;
      part.state = PartState::kObsolete;
      if (round == 1) part.published = 0;
    }
    return true;
  });
  committed == Committed::kDone ? Tidy(Pc::kIdle) : End();
}

}  // namespace pgattic::torture::states
