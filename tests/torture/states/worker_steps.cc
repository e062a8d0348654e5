// The steps of an archive's life, from the export to the drop.
#include <algorithm>

#include "tests/torture/states/worker.h"

namespace pgattic::torture::states {

using model::Event;
using model::Phase;

void Step::StartExport() {
  const Committed committed = Commit(Event::kExportStarted, [&](Record& after) {
    Record numbering = after;
    --numbering.attempt;
    bool is_first = true;
    for (Part& part : world_.parts) {
      if (!IsLive(part)) continue;
      is_first = false;
      if (part.state == PartState::kWriting) {
        Replace(numbering, part);
        break;  // One range, one live part.
      }
    }
    if (is_first) fault_ += InsertPart(world_, numbering, after.attempt, true);
    after.next_part = numbering.next_part;
    return true;
  });
  if (committed != Committed::kDone) return End();
  worker_.is_started = 1;
  Tidy(Pc::kNext);
}

void Step::Copy() {
  worker_.is_started = 0;
  if (!TakePart(PartState::kWriting)) return GoTo(Pc::kCompare);
  GoTo(Pc::kStartUpload);
}

void Step::StartUpload() {
  const auto place = std::find(world_.uploads.begin(), world_.uploads.end(), 0);
  if (place == world_.uploads.end()) {
    fault_ = "more uploads than the model holds: they are never ended";
    return End();
  }
  *place = worker_.nonce;
  worker_.upload = static_cast<std::uint8_t>(place - world_.uploads.begin());
  GoTo(Pc::kCheckUpload);
}

/// Is the part still wanted? Then the COPY.
void Step::CheckUpload() {
  const Part* part = FindPart(world_, worker_.part);
  const bool is_wanted = part != nullptr && part->state == PartState::kWriting;
  const Table& table = world_.tables.at(worker_.record.relation);
  if ((rules_.check_upload && !is_wanted) || table.exists == 0) return End();
  worker_.rows = table.rows;
  GoTo(Pc::kComplete);
}

void Step::Complete() {
  if (world_.uploads.at(worker_.upload) != worker_.nonce) return End();  // Aborted by another.
  world_.uploads.at(worker_.upload) = 0;
  worker_.upload = kNone;
  const Object* taken = FindObject(world_, worker_.key);
  if (taken != nullptr && rules_.put_if_absent) {
    // Ours where it carries the nonce, even if another worker wrote it; the proof will tell.
    worker_.etag = taken->etag;
    return taken->nonce == worker_.nonce ? GoTo(Pc::kRecordPart) : End();
  }
  const std::uint8_t place_of = taken != nullptr ? worker_.key : kNone;
  const auto slot = std::find_if(world_.objects.begin(), world_.objects.end(),
                                 [&](const Object& object) { return object.key == place_of; });
  if (slot == world_.objects.end()) {
    fault_ = "more objects than the model holds: they are never deleted";
    return End();
  }
  worker_.etag = world_.next_etag++;
  *slot = {worker_.key, worker_.nonce, worker_.etag, worker_.rows};
  GoTo(Pc::kRecordPart);
}

void Step::RecordPart() {
  const Committed committed = Commit(std::nullopt, [&](Record&) {
    Part* part = FindPart(world_, worker_.part);
    if (part == nullptr) return true;
    part->state = PartState::kUploaded;
    part->rows = worker_.rows;
    part->etag = worker_.etag;
    return true;
  });
  if (committed == Committed::kDone) return GoTo(Pc::kCopy);
  rules_.undo_unknown_parts ? GoTo(Pc::kUndoPartLook) : End();
}

/// archive::DeleteUnlessWanted.
void Step::UndoPart() {
  if (worker_.pc == Pc::kUndoPartLook) {
    const Part* part = FindPart(world_, worker_.part);
    const bool is_unwanted =
        part == nullptr || (part->state == PartState::kObsolete && part->published == 0);
    return is_unwanted ? GoTo(Pc::kUndoPartDelete) : End();
  }
  for (Object& object : world_.objects) {
    if (object.key == worker_.key && object.nonce == worker_.nonce) object = {};
  }
  End();
}

/// Do the parts add up to the table?
void Step::Compare() {
  const Table& table = world_.tables.at(worker_.record.relation);
  Rows exported = 0;
  for (const Part& part : world_.parts) {
    if (IsLive(part)) exported = static_cast<Rows>(exported | part.rows);
  }
  if (table.exists == 0 || table.rows == 0) return End();
  worker_.rows = exported;
  GoTo(exported == table.rows ? Pc::kRecordTotals : Pc::kTakeBack);
}

void Step::RecordTotals() {
  CommitOrEnd(Event::kPartsUploaded, Pc::kNext, [&](Record& after) {
    after.fingerprint = worker_.rows;
    return true;
  });
}

/// archive::TakeBackChangedParts.
void Step::TakeBack() {
  worker_.is_started = 0;
  CommitOrEnd(Event::kSourceChanged, Pc::kNext, [&](Record& after) {
    const Rows now = world_.tables.at(after.relation).rows;
    for (Part& part : world_.parts) {
      if (!IsLive(part)) continue;
      if (part.state != PartState::kWriting && part.rows == now) continue;
      Replace(after, part);
      return true;
    }
    return false;
  });
}

void Step::Prove() {
  if (!TakePart(PartState::kUploaded)) return GoTo(Pc::kProven);
  const Part* part = FindPart(world_, worker_.part);
  if (!rules_.prove_parts || HoldsItsRows(world_, *part)) return GoTo(Pc::kRecordProof);
  const bool changed = world_.tables.at(worker_.record.relation).rows != part->rows;
  GoTo(changed ? Pc::kTakeBack : Pc::kReject);
}

void Step::RecordProof() {
  const Committed committed = Commit(std::nullopt, [&](Record&) {
    Part* part = FindPart(world_, worker_.part);
    if (part != nullptr) part->state = PartState::kVerified;
    return true;
  });
  if (committed == Committed::kDone) return GoTo(Pc::kProve);
  rules_.undo_unknown_parts ? GoTo(Pc::kUndoPartLook) : End();
}

void Step::Reject() {
  CommitOrEnd(Event::kPartsRejected, Pc::kIdle, [&](Record& after) {
    Part* part = FindPart(world_, worker_.part);
    if (part != nullptr) Replace(after, *part);
    return part != nullptr;
  });
}

void Step::RecordProven() {
  CommitOrEnd(Event::kProven, Pc::kNext, [](Record&) { return true; });
}

/// Sidecars carry the revision of their writer: it has to be nobody else's. What lies in the
/// bucket is not known from here on.
void Step::TakeRevision() {
  worker_.etag = worker_.record.metadata_etag;
  if (rules_.publish_by_revision) {
    return CommitOrEnd(std::nullopt, Pc::kPut, [](Record& after) {
      after.metadata_etag = kNone;
      return true;
    });
  }
  worker_.record.State() == world_.record.State() ? GoTo(Pc::kPut) : End();
}

bool Step::PutMetadata(std::uint8_t expected_etag) {
  if (world_.metadata.etag != expected_etag) return false;
  world_.metadata = {world_.next_etag++, worker_.record.revision};
  worker_.etag = world_.metadata.etag;
  has_reply_to_lose_ = true;
  return true;
}

void Step::Put() {
  const bool is_put = PutMetadata(worker_.etag);
  GoTo(is_put && !loses_reply_ ? Pc::kRecordGeneration : Pc::kReplaceHead);
}

void Step::ReplaceHead() {
  const bool is_ours =
      world_.metadata.etag == kNone || world_.metadata.revision <= worker_.record.revision;
  if (!is_ours) return End();
  worker_.etag = world_.metadata.etag;
  GoTo(Pc::kReplacePut);
}

void Step::ReplacePut() {
  const bool is_put = PutMetadata(worker_.etag);
  is_put && !loses_reply_ ? GoTo(Pc::kRecordGeneration) : End();
}

void Step::RecordGeneration() {
  worker_.revision = worker_.record.revision;
  const Committed committed = Commit(Event::kPublished, [&](Record& after) {
    after.metadata_etag = worker_.etag;
    for (Part& part : world_.parts) {
      part.published = part.state == PartState::kVerified ? 1 : 0;
    }
    return true;
  });
  if (committed != Committed::kDone) return GoTo(Pc::kUndoMetadataLook);
  Tidy(worker_.record.phase_now() == Phase::kArchived ? worker_.after_tidy : Pc::kMark);
}

/// archive::DeleteUnlessLeading.
void Step::UndoMetadata() {
  if (worker_.pc == Pc::kUndoMetadataLook) {
    const bool leads = world_.record.revision == worker_.revision;
    const bool is_known = world_.record.metadata_etag == worker_.etag;
    return leads || is_known ? End() : GoTo(Pc::kUndoMetadataDelete);
  }
  if (world_.metadata.etag == worker_.etag) world_.metadata = {};
  End();
}

void Step::Mark() {
  CommitOrEnd(Event::kMarked, Pc::kNext, [](Record&) { return true; });
}

/// archive::CheckObjects.
void Step::HeadBeforeSwap() {
  for (const Part& part : world_.parts) {
    if (part.published == 0 || part.state != PartState::kVerified) continue;
    const Object* object = FindObject(world_, part.key);
    if (object == nullptr) return GoTo(Pc::kTakeBackMissing);
    if (object->etag != part.etag) return End();
  }
  GoTo(Pc::kSwap);
}

void Step::TakeBackMissing() {
  worker_.is_started = 0;
  CommitOrEnd(Event::kSourceChanged, Pc::kNext, [&](Record& after) {
    for (Part& part : world_.parts) {
      if (!IsLive(part) || FindObject(world_, part.key) != nullptr) continue;
      Replace(after, part);
      return true;
    }
    return false;
  });
}

void Step::Swap() {
  const Committed committed = Commit(Event::kSwapped, [&](Record& after) {
    Table& table = world_.tables.at(after.relation);
    if (table.exists == 0 || table.is_attached == 0) return false;
    if (rules_.fingerprint_at_swap && table.rows != after.fingerprint) return false;
    table.is_attached = 0;
    world_.tables.at(after.round) = {1, 1, 0};
    return true;
  });
  if (committed == Committed::kRefused) return GoTo(Pc::kTakeBack);
  committed == Committed::kDone ? GoTo(Pc::kNext) : End();
}

void Step::HeadBeforeDrop() {
  if (!rules_.head_before_drop) return GoTo(Pc::kDrop);
  Rows rows = 0;
  for (const Part& part : world_.parts) {
    if (part.published == 0 || part.state != PartState::kVerified) continue;
    const Object* object = FindObject(world_, part.key);
    if (object == nullptr || object->etag != part.etag) return End();
    if (part.round == worker_.record.round) rows = static_cast<Rows>(rows | part.rows);
  }
  const bool is_right =
      rows == worker_.record.fingerprint && world_.metadata.etag == worker_.record.metadata_etag;
  is_right ? GoTo(Pc::kDrop) : End();
}

void Step::Drop() {
  CommitOrEnd(Event::kDropped, Pc::kNext, [&](Record& after) {
    Table& table = world_.tables.at(after.relation);
    if (table.exists == 0 || table.is_attached != 0) return false;
    if (rules_.fingerprint_at_drop && table.rows != after.fingerprint) return false;
    table = {};
    return true;
  });
}

}  // namespace pgattic::torture::states
