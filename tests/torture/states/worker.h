// Worker: a run of pgattic in the model, one effect a step, as src/archive orders them.
#pragma once

#include <functional>
#include <optional>

#include "tests/torture/states/world.h"

namespace pgattic::torture::states {

/// What a worker does next. Every look that a later effect relies on is a step of its own, so
/// that the other worker may come between.
enum class Pc : std::uint8_t {
  kIdle,
  kGuard,
  kEnrol,
  kTidy,
  kMetadataHead,
  kMetadataDelete,
  kMetadataForget,
  kAbortUploads,
  kPartHead,
  kPartDelete,
  kPartForget,
  kNext,
  kStartExport,
  kCopy,
  kStartUpload,
  kCheckUpload,
  kComplete,
  kRecordPart,
  kUndoPartLook,
  kUndoPartDelete,
  kCompare,
  kRecordTotals,
  kTakeBack,
  kProve,
  kRecordProof,
  kReject,
  kProven,
  kTakeRevision,
  kPut,
  kReplaceHead,
  kReplacePut,
  kRecordGeneration,
  kUndoMetadataLook,
  kUndoMetadataDelete,
  kMark,
  kSwapHead,
  kTakeBackMissing,
  kSwap,
  kDropHead,
  kDrop,
  kSwapBack,
  kUnmark,
  kForget,
  kForgetRestored,
  kReadParts,
  kLoad,
  kAttach,
};
const char* PcName(Pc pc);

/// What one process knows. Lost when it is killed.
struct Worker {
  Pc pc = Pc::kIdle;
  Pc after_tidy = Pc::kIdle;
  std::uint8_t rolls_back = 0;
  std::uint8_t restores = 0;
  std::uint8_t is_started = 0;  ///< An attempt was numbered and not used yet.
  std::uint8_t is_metadata_done = 0;
  std::uint8_t part = kNone;  ///< Number.
  std::uint8_t key = kNone;
  std::uint8_t nonce = 0;
  std::uint8_t rows = 0;
  std::uint8_t upload = kNone;  ///< Index of its unfinished one.
  std::uint8_t etag = kNone;    ///< As looked at, or as written.
  std::uint8_t revision = 0;    ///< Before the publication is recorded.
  Record record = {};
};
static_assert(std::has_unique_object_representations_v<Worker>);

/// Takes one step of one worker. Lives for that step.
class Step {
 public:
  Step(World& world, Worker& worker, const Rules& rules, bool loses_reply)
      : world_(world), worker_(worker), rules_(rules), loses_reply_(loses_reply) {}

  void Take();
  /// The step was a COMMIT, or a PUT: its reply can be lost.
  bool has_reply_to_lose() const { return has_reply_to_lose_; }
  /// What went wrong within the step; "" if nothing did.
  const std::string& fault() const { return fault_; }

 private:
  enum class Committed { kDone, kStale, kRefused, kInDoubt };
  using Effects = std::function<bool(Record& after)>;

  void GoTo(Pc pc) { worker_.pc = pc; }
  /// The run ends by itself: what it was uploading is aborted.
  void End();
  void Tidy(Pc after);
  Committed Commit(std::optional<model::Event> event, const Effects& effects);
  /// Commits and goes on, or ends the run.
  void CommitOrEnd(std::optional<model::Event> event, Pc next, const Effects& effects);
  bool IsLive(const Part& part) const;
  void Replace(Record& record, Part& part);
  bool TakePart(PartState state);
  bool PutMetadata(std::uint8_t expected_etag);

  void Guard();
  void Enrol();
  void LookForRubbish();
  void HeadMetadata();
  void DeleteMetadata();
  void ForgetMetadata();
  void AbortUploads();
  void HeadPart();
  void DeletePart();
  void ForgetPart();
  void Next();
  void StartExport();
  void Copy();
  void StartUpload();
  void CheckUpload();
  void Complete();
  void RecordPart();
  void UndoPart();
  void Compare();
  void RecordTotals();
  void TakeBack();
  void Prove();
  void RecordProof();
  void Reject();
  void RecordProven();
  void TakeRevision();
  void Put();
  void ReplaceHead();
  void ReplacePut();
  void RecordGeneration();
  void UndoMetadata();
  void Mark();
  void HeadBeforeSwap();
  void TakeBackMissing();
  void Swap();
  void HeadBeforeDrop();
  void Drop();
  void SwapBack();
  void Unmark();
  void Forget();
  void ForgetRestored();
  void ReadParts();
  void Load();
  void Attach();

  struct Entry {
    const char* name;
    void (Step::*step)();
  };
  friend const char* PcName(Pc pc);
  static const Entry& EntryOf(Pc pc);

  World& world_;
  Worker& worker_;
  const Rules& rules_;
  const bool loses_reply_;
  bool has_reply_to_lose_ = false;
  std::string fault_;
};

}  // namespace pgattic::torture::states
