// Subprocess: a child process with a bounded life, for the servers and tools of demo and tests.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "store/posix_file.h"

namespace pgattic::sandbox {

/// An account of the operating system. A plain value.
struct OsUser {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

/// Returns the account `name`; NotFound when there is none. Thread-safe.
Result<OsUser> FindOsUser(const std::string& name);

/// How a process ended. A plain value.
struct ExitStatus {
  int code = 0;    ///< Meaningless when a signal ended it.
  int signal = 0;  ///< 0 when it exited by itself.

  bool ok() const { return code == 0 && signal == 0; }
  /// Returns "exit code 3" or "signal 9".
  std::string ToString() const;
  bool operator==(const ExitStatus&) const = default;
};

/// What to run and how.
struct SubprocessOptions {
  /// A program without a slash is looked for in PATH.
  std::vector<std::string> argv;
  /// Added to the environment of this process, or put in the place of what is there.
  std::map<std::string, std::string> env = {};
  bool inherit_env = true;          ///< False: `env` alone.
  std::string working_folder = {};  ///< "" is this process' own.
  /// Standard input; without it and `stdin_fd` the child reads /dev/null.
  std::string input = {};
  int stdin_fd = -1;  ///< Borrowed for the call; used as it is when not negative.
  /// Appended to when given; otherwise the output is kept in memory for Stdout(), Stderr().
  std::string stdout_file = {};
  std::string stderr_file = {};
  /// Sent to the child by the kernel when this process dies; 0 for none. Linux ties it to the
  /// *thread* that spawned: spawn from a thread that outlives the child, or give 0.
  int parent_death_signal = SIGKILL;
  /// Run as somebody else. Needs root.
  std::optional<OsUser> user = std::nullopt;
};

/// What a process that ended has left.
struct SubprocessOutcome {
  ExitStatus exit;
  std::string out;
  std::string err;

  /// Returns Internal with the end of standard error unless the exit code was 0.
  Status CheckSuccess(const std::string& what) const;
};

/// One running child, leader of its own process group. Captured output lies in anonymous
/// memory and not in a pipe, so a child never blocks on a reader, and what it has said so far
/// can be read while it runs. Not thread-safe. The destructor kills the group (SIGKILL) unless
/// the child's end was seen by TryWait or Wait, and leaves no zombie.
class Subprocess {
 public:
  /// Starts the child and returns once it runs the program. NotFound or PermissionDenied when
  /// the program cannot be run, InvalidArgument without argv.
  static Result<std::unique_ptr<Subprocess>> Spawn(const SubprocessOptions& options);
  /// Spawns and waits. The child is killed when `ctx` ends first; then DeadlineExceeded or
  /// Cancelled. Another exit code than 0 is not an error: see CheckSuccess.
  static Result<SubprocessOutcome> Run(const OpContext& ctx, const SubprocessOptions& options);

  ~Subprocess();
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  pid_t pid() const { return pid_; }
  /// Sends a signal to the child alone. FailedPrecondition once its end was seen.
  Status Signal(int number);
  /// Sends a signal to the child's process group.
  Status SignalGroup(int number);
  /// Returns how the child ended, or nullopt while it runs. Does not block.
  std::optional<ExitStatus> TryWait();
  /// Blocks until the child has ended or `ctx` has; the child goes on in the second case.
  Result<ExitStatus> Wait(const OpContext& ctx);

  /// Return what was written so far; "" where the output goes to a file. REQUIRES: the output
  /// fits in memory.
  std::string Stdout() const;
  std::string Stderr() const;

 private:
  Subprocess(pid_t pid, store::UniqueFd out, store::UniqueFd err)
      : pid_(pid), out_(std::move(out)), err_(std::move(err)) {}
  Status SignalTo(pid_t target, int number) const;

  pid_t pid_;
  store::UniqueFd out_;
  store::UniqueFd err_;
  std::optional<ExitStatus> exit_;
};

}  // namespace pgattic::sandbox
