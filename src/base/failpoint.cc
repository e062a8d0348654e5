#include "base/failpoint.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>

#include "base/check.h"

namespace pgattic::failpoint {
namespace {

/// The one armed failpoint of the process; written once at start, before any thread runs.
struct Armed {
  std::string name;
  std::atomic<int> passes_left{0};
  int signal = SIGKILL;
};

Armed& TheArmed() {
  static Armed armed;
  return armed;
}

bool IsKnown(std::string_view name) {
  return std::find(All().begin(), All().end(), name) != All().end();
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): a list.
const std::vector<std::string_view>& All() {
  static const std::vector<std::string_view> names = {
      "plan.before_register",
      "plan.after_register",
      "enrol.before_record",
      "enrol.after_record",
      "claim.before_put",
      "claim.after_put",
      "export.before_start",
      "export.after_start",
      "part.before_upload",
      "part.in_upload",
      "part.before_complete",
      "part.after_complete",
      "filter.before_put",
      "filter.after_put",
      "narrow.before_put",
      "narrow.after_put",
      "part.before_record",
      "part.after_record",
      "text.before_record",
      "text.after_record",
      "export.before_totals",
      "export.after_totals",
      "proof.before_read",
      "proof.before_record",
      "proof.after_record",
      "reject.before_record",
      "reject.after_record",
      "verified.before",
      "verified.after",
      "publish.before_revision",
      "publish.after_revision",
      "publish.before_checksums",
      "publish.after_checksums",
      "publish.before_metadata",
      "publish.after_metadata",
      "publish.before_record",
      "publish.after_record",
      "mark.before_batch",
      "mark.after_batch",
      "mark.before_done",
      "mark.after_done",
      "swap.before_begin",
      "swap.before_lock",
      "swap.before_waiters",
      "swap.before_detach",
      "swap.before_commit",
      "swap.after_commit",
      "changed.before_record",
      "changed.after_record",
      "cleanup.before_delete",
      "cleanup.after_delete",
      "cleanup.after_record",
      "drop.before_begin",
      "drop.before_drop",
      "drop.before_commit",
      "drop.after_commit",
      "lost.before_record",
      "lost.after_record",
      "rollback.before_batch",
      "rollback.after_batch",
      "rollback.before_unpublish",
      "rollback.after_unpublish",
      "rollback.before_done",
      "rollback.after_done",
      "rollout.before_record",
      "rollout.after_record",
      "schedule.before_claim",
      "schedule.after_claim",
      "schedule.before_finish",
      "schedule.after_finish",
      "copy.before_upload",
      "copy.in_upload",
      "copy.after_complete",
      "copy.before_record",
      "copy.after_record",
      "copy.before_sidecars",
      "copy.after_sidecars",
      "replace.before_begin",
      "replace.after_begin",
      "replace.after_upload",
      "replace.after_proof",
      "replace.before_switch",
      "replace.after_switch",
      "scrub.after_note",
      "scrub.before_copy_delete",
      "scrub.after_copy_delete",
      "garbage.before_delete",
      "garbage.after_delete",
      "proof.before_erase_again",
      "proof.after_erase_again",
      "erase.before_list",
      "erase.after_list",
      "erase.before_delete_commit",
      "erase.after_delete_commit",
      "erase.before_detached_commit",
      "erase.after_detached_commit",
      "erase.before_complete",
      "erase.after_complete",
      "erase.before_versions",
      "erase.after_version",
      "erase.before_cache",
      "erase.before_done",
      "erase.after_done",
      "attach.before_prepare",
      "attach.after_prepare",
      "attach.before_commit",
      "attach.after_commit",
      "restore.before_create",
      "restore.after_create",
      "restore.before_load",
      "restore.in_load",
      "restore.before_record",
      "restore.after_record",
      "restore.before_proof",
      "restore.after_proof",
      "restore.before_batch",
      "restore.after_batch",
      "restore.before_done",
      "restore.after_done",
      "reconcile.before_rows",
      "reconcile.after_rows",
      "reconcile.before_erasures",
      "reconcile.after_erasures",
      "reconcile.before_record",
      "reconcile.after_record",
      "reconcile.before_done",
      "reconcile.after_done",
      "reconcile.before_metadata",
      "reconcile.after_metadata",
      "rebuild.before_record",
      "rebuild.after_record",
      "restore.before_forget",
      "restore.after_forget",
  };
  return names;
}

bool IsBuiltIn() {
#ifdef PGATTIC_FAILPOINTS
  return true;
#else
  return false;
#endif
}

Status Arm(std::string_view spec) {
  if (!IsBuiltIn()) {
    return {Code::kUnsupported,
            "this program was built without failpoints; configure with "
            "-DPGATTIC_FAILPOINTS=ON"};
  }
  const std::size_t colon = spec.find(':');
  const std::string_view name = spec.substr(0, colon);
  std::string_view rest = colon == spec.npos ? "1" : spec.substr(colon + 1);
  int signal = SIGKILL;
  if (rest.ends_with(":stop")) {
    signal = SIGSTOP;
    rest.remove_suffix(5);
  }
  int passes = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), passes);
  if (!IsKnown(name) || error != std::errc() || end != rest.data() + rest.size() || passes < 1) {
    return {Code::kInvalidArgument, "no failpoint '" + std::string(spec) +
                                        "'; `pgattic doctor --list-failpoints` lists them"};
  }
  TheArmed().name = name;
  TheArmed().signal = signal;
  TheArmed().passes_left = passes;
  return Status::Ok();
}

namespace internal {

void Pass(std::string_view name) {
  PGATTIC_CHECK(IsKnown(name), name);
  Armed& armed = TheArmed();
  if (armed.name == name && armed.passes_left.fetch_sub(1) == 1) std::raise(armed.signal);
}

}  // namespace internal
}  // namespace pgattic::failpoint
