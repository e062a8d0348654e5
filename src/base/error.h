// The closed set of error codes and what each one means to a caller: whether to try again,
// which exit code the program ends with, which HTTP status a reader gets.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace pgattic {

/// What went wrong, as far as a caller may act on it. The set is closed: kErrorTable gives
/// each code its retry class, exit code, HTTP status and metric label.
enum class Code {
  kInvalidArgument,     ///< The request itself is wrong; no state was looked at.
  kNotFound,            ///< An answer: the thing is known not to be there.
  kAlreadyExists,       ///< A create-if-absent found something.
  kFailedPrecondition,  ///< The state of the world forbids it; an operator has to act.
  kConflict,            ///< A compare-and-set or an If-Match was lost to somebody else.
  kDeferred,            ///< Not now: nothing was changed, the next run tries again.
  kUnavailable,         ///< Not an answer: the other side is down or overloaded.
  kDeadlineExceeded,    ///< The time given ran out.
  kResourceExhausted,   ///< Disk full, memory, connections, quota.
  kPermissionDenied,    ///< Credentials are missing, wrong or too weak.
  kCorruption,          ///< Bytes are not what they were proven to be.
  kUnsupported,         ///< Known, and not supported.
  kInDoubt,             ///< The effect may or may not have happened: read the truth again.
  kCancelled,           ///< The caller asked to stop.
  kInternal,            ///< A fault of the program.
};
inline constexpr int kCodeCount = 15;

/// What a caller may do after an error.
enum class RetryClass {
  kNever,        ///< The same call gives the same answer.
  kSameCall,     ///< The same call may succeed later.
  kReReadFirst,  ///< Read the truth again before anything else.
};

/// One row of the error table.
struct CodeTraits {
  Code code;
  std::string_view name;   ///< As printed in messages and JSON.
  std::string_view label;  ///< Metric label.
  RetryClass retry;
  int exit_code;    ///< DESIGN 8: 1 failed, 2 usage, 75 deferred.
  int http_status;  ///< RFC 9110 status of a reader's answer.
};

/// Returns the row of the error table for `code`. Never fails.
const CodeTraits& TraitsOf(Code code);

/// Where an error came from, in the words of the system that raised it:
/// {"postgresql", "55P03"}, {"s3", "NoSuchKey"}, {"http", "503"}.
struct Origin {
  std::string system;
  std::string code;
};

/// One failure: a code, a message for a person that names its remedy, the origin and the
/// chain of what the program was doing, innermost first. A plain value.
struct Error {
  Code code = Code::kInternal;
  std::string message;
  Origin origin;
  std::vector<std::string> context;

  /// Returns "message (origin) while a, while b".
  std::string ToString() const;
};

}  // namespace pgattic
