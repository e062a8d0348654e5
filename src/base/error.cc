#include "base/error.h"

#include <cstddef>

namespace pgattic {
namespace {

using enum RetryClass;

constexpr std::array<CodeTraits, kCodeCount> kErrorTable{{
    {Code::kInvalidArgument, "InvalidArgument", "invalid_argument", kNever, 2, 400},
    {Code::kNotFound, "NotFound", "not_found", kNever, 1, 404},
    {Code::kAlreadyExists, "AlreadyExists", "already_exists", kReReadFirst, 1, 409},
    {Code::kFailedPrecondition, "FailedPrecondition", "failed_precondition", kNever, 1, 409},
    {Code::kConflict, "Conflict", "conflict", kReReadFirst, 75, 409},
    {Code::kDeferred, "Deferred", "deferred", kSameCall, 75, 503},
    {Code::kUnavailable, "Unavailable", "unavailable", kSameCall, 1, 503},
    {Code::kDeadlineExceeded, "DeadlineExceeded", "deadline_exceeded", kSameCall, 1, 504},
    {Code::kResourceExhausted, "ResourceExhausted", "resource_exhausted", kNever, 1, 503},
    {Code::kPermissionDenied, "PermissionDenied", "permission_denied", kNever, 1, 503},
    {Code::kCorruption, "Corruption", "corruption", kNever, 1, 503},
    {Code::kUnsupported, "Unsupported", "unsupported", kNever, 1, 501},
    {Code::kInDoubt, "InDoubt", "in_doubt", kReReadFirst, 1, 503},
    {Code::kCancelled, "Cancelled", "cancelled", kNever, 75, 499},
    {Code::kInternal, "Internal", "internal", kNever, 1, 500},
}};

}  // namespace

const CodeTraits& TraitsOf(Code code) { return kErrorTable.at(static_cast<std::size_t>(code)); }

std::string Error::ToString() const {
  std::string out = message;
  if (!origin.system.empty()) out += " (" + origin.system + " " + origin.code + ")";
  for (const std::string& step : context) out += ", while " + step;
  return out;
}

}  // namespace pgattic
