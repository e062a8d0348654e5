#include "sandbox/subprocess.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace pgattic::sandbox {
namespace {

using store::ErrnoStatus;
using store::UniqueFd;

constexpr std::chrono::milliseconds kPollInterval{2};
constexpr std::size_t kErrorTailBytes = 2000;
constexpr int kNotStarted = 127;
constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;

/// Everything that the child needs between fork and exec, made before the fork: after it only
/// async-signal-safe calls are allowed (signal-safety(7)).
struct ExecPlan {
  std::string program;
  std::vector<std::string> env;
  std::vector<char*> argv;
  std::vector<char*> envp;
  const char* working_folder = nullptr;
  const OsUser* user = nullptr;
  int parent_death_signal = 0;
  pid_t parent = 0;
  int in = -1;
  int out = -1;
  int err = -1;
  int report = -1;  ///< Gets a ChildFailure when exec does not happen.
};

/// Which step failed in the child, and why.
struct ChildFailure {
  int step = 0;
  int error_number = 0;
};
constexpr std::array<const char*, 5> kStepNames = {
    "redirect its output", "change its user", "tie its life to ours", "enter its folder", "run it"};

bool ChangeUser(const OsUser& user) {
  return ::setgroups(1, &user.gid) == 0 && ::setgid(user.gid) == 0 && ::setuid(user.uid) == 0;
}

/// The parent may have died before prctl was called; then the signal never comes.
bool TieToParent(const ExecPlan& plan) {
  if (plan.parent_death_signal == 0) return true;
  if (::prctl(PR_SET_PDEATHSIG, plan.parent_death_signal) != 0) return false;
  if (::getppid() != plan.parent) ::_exit(kNotStarted);
  return true;
}

void ResetSignals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGPIPE, &usual, nullptr);
}

/// Runs in the child: prepares it in the order of kStepNames, then execs.
[[noreturn]] void ExecChild(const ExecPlan& plan) {
  ChildFailure failure;
  ::setpgid(0, 0);
  ResetSignals();
  const auto at = [&failure](int step, bool done) {
    failure = {step, errno};
    return done;
  };
  // A change of user clears the death signal (prctl(2)), so it comes before it.
  if (at(0, ::dup2(plan.in, 0) >= 0 && ::dup2(plan.out, 1) >= 0 && ::dup2(plan.err, 2) >= 0) &&
      at(1, plan.user == nullptr || ChangeUser(*plan.user)) && at(2, TieToParent(plan)) &&
      at(3, plan.working_folder == nullptr || ::chdir(plan.working_folder) == 0)) {
    ::execve(plan.program.c_str(), plan.argv.data(), plan.envp.data());
    at(4, false);
  }
  static_cast<void>(!::write(plan.report, &failure, sizeof failure));
  ::_exit(kNotStarted);
}

/// Moves a descriptor above 2, so that dup2 onto 0, 1 and 2 cannot step on it.
Result<UniqueFd> AboveStandard(UniqueFd fd, const std::string& what) {
  if (!fd.is_open()) return ErrnoStatus(errno, what);
  if (fd.get() > 2) return fd;
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!moved.is_open()) return ErrnoStatus(errno, what);
  return moved;
}

Result<UniqueFd> OpenInput(const SubprocessOptions& options, const std::string& what) {
  if (options.stdin_fd >= 0) {
    return AboveStandard(UniqueFd(::fcntl(options.stdin_fd, F_DUPFD_CLOEXEC, 3)), what);
  }
  if (options.input.empty()) {
    return AboveStandard(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)), what);
  }
  PGATTIC_ASSIGN_OR_RETURN(UniqueFd fd,
                           AboveStandard(UniqueFd(::memfd_create("stdin", MFD_CLOEXEC)), what));
  PGATTIC_RETURN_IF_ERROR(store::WriteAll(OpContext(), fd.get(), AsBytes(options.input), what));
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) return ErrnoStatus(errno, what);
  return fd;
}

Result<UniqueFd> OpenOutput(const std::string& file, const std::string& what) {
  if (file.empty()) {
    return AboveStandard(UniqueFd(::memfd_create("output", MFD_CLOEXEC)), what);
  }
  return AboveStandard(UniqueFd(::open(file.c_str(), kAppend, 0666)), what + " to " + file);
}

/// Returns the path of `program` as execvp would find it.
Result<std::string> FindProgram(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it.
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string candidate = std::string(rest.substr(0, colon)) + "/" + program;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  }
  return {Code::kNotFound, program + " is not in PATH: install it"};
}

std::vector<std::string> BuildEnvironment(const SubprocessOptions& options) {
  std::vector<std::string> env;
  for (char** entry = options.inherit_env ? environ : nullptr; entry != nullptr && *entry;
       ++entry) {
    const std::string_view text = *entry;
    if (!options.env.contains(std::string(text.substr(0, text.find('='))))) {
      env.emplace_back(text);
    }
  }
  for (const auto& [name, value] : options.env)
    env.push_back(std::string(name).append("=").append(value));
  return env;
}

/// `plan` points into itself and into `options`: neither may move before the fork.
Status FillPlan(const SubprocessOptions& options, ExecPlan& plan) {
  PGATTIC_ASSIGN_OR_RETURN(plan.program, FindProgram(options.argv.front()));
  plan.env = BuildEnvironment(options);
  for (const std::string& arg : options.argv) {
    plan.argv.push_back(const_cast<char*>(arg.c_str()));  // NOLINT: execve's signature.
  }
  for (std::string& entry : plan.env) plan.envp.push_back(entry.data());
  plan.argv.push_back(nullptr);
  plan.envp.push_back(nullptr);
  if (!options.working_folder.empty()) plan.working_folder = options.working_folder.c_str();
  if (options.user) plan.user = &*options.user;
  plan.parent_death_signal = options.parent_death_signal;
  plan.parent = ::getpid();
  return Status::Ok();
}

Status ReadReport(int report, const std::string& what) {
  ChildFailure failure;
  ssize_t got = 0;
  do {
    got = ::read(report, &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return Status::Ok();  // Closed by a successful exec.
  if (got != sizeof failure) return {Code::kInternal, what + ": no report from the child"};
  const auto step = static_cast<std::size_t>(failure.step);
  return ErrnoStatus(failure.error_number, what + ": could not " + kStepNames.at(step));
}

std::string ReadOutput(const UniqueFd& fd) {
  struct stat found {};
  if (!fd.is_open() || ::fstat(fd.get(), &found) != 0) return "";
  Result<std::string> text = store::ReadAt(OpContext(), fd.get(), 0, found.st_size, "output");
  return text.ok() ? std::move(text).value() : "";
}

ExitStatus DecodeWait(int status) {
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

/// Waits for our own child, whatever interrupts.
pid_t WaitChild(pid_t pid, int* status, int flags) {
  pid_t got = 0;
  do {
    got = ::waitpid(pid, status, flags);
  } while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

Result<OsUser> FindOsUser(const std::string& name) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return {Code::kNotFound, "there is no user " + name};
  return OsUser{name, entry.pw_uid, entry.pw_gid};
}

std::string ExitStatus::ToString() const {
  return signal != 0 ? "signal " + std::to_string(signal) : "exit code " + std::to_string(code);
}

Status SubprocessOutcome::CheckSuccess(const std::string& what) const {
  if (exit.ok()) return Status::Ok();
  const std::string& said = err.empty() ? out : err;
  const std::size_t from = said.size() > kErrorTailBytes ? said.size() - kErrorTailBytes : 0;
  return {Code::kInternal, what + " ended with " + exit.ToString() + ": " + said.substr(from)};
}

Result<std::unique_ptr<Subprocess>> Subprocess::Spawn(const SubprocessOptions& options) {
  if (options.argv.empty()) return {Code::kInvalidArgument, "no program was named"};
  const std::string what = "starting " + options.argv.front();
  ExecPlan plan;
  PGATTIC_RETURN_IF_ERROR(FillPlan(options, plan));
  PGATTIC_ASSIGN_OR_RETURN(const UniqueFd in, OpenInput(options, what));
  PGATTIC_ASSIGN_OR_RETURN(UniqueFd out, OpenOutput(options.stdout_file, what));
  PGATTIC_ASSIGN_OR_RETURN(UniqueFd err, OpenOutput(options.stderr_file, what));
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return ErrnoStatus(errno, what);
  const UniqueFd report(ends[0]);
  UniqueFd write_end(ends[1]);
  PGATTIC_ASSIGN_OR_RETURN(write_end, AboveStandard(std::move(write_end), what));
  plan.in = in.get();
  plan.out = out.get();
  plan.err = err.get();
  plan.report = write_end.get();

  const pid_t pid = ::fork();
  if (pid < 0) return ErrnoStatus(errno, what);
  if (pid == 0) ExecChild(plan);
  write_end.Reset();
  if (!options.stdout_file.empty()) out.Reset();
  if (!options.stderr_file.empty()) err.Reset();
  std::unique_ptr<Subprocess> child(new Subprocess(pid, std::move(out), std::move(err)));
  PGATTIC_RETURN_IF_ERROR(ReadReport(report.get(), what));
  return child;
}

Result<SubprocessOutcome> Subprocess::Run(const OpContext& ctx, const SubprocessOptions& options) {
  PGATTIC_ASSIGN_OR_RETURN(const std::unique_ptr<Subprocess> child, Spawn(options));
  Result<ExitStatus> exit = child->Wait(ctx);
  if (!exit.ok()) return std::move(exit).status().While("running " + options.argv.front());
  return SubprocessOutcome{*exit, child->Stdout(), child->Stderr()};
}

Subprocess::~Subprocess() {
  if (TryWait()) return;
  ::kill(-pid_, SIGKILL);
  int status = 0;
  WaitChild(pid_, &status, 0);
}

Status Subprocess::SignalTo(pid_t target, int number) const {
  if (exit_) {
    return {Code::kFailedPrecondition,
            "process " + std::to_string(pid_) + " has already ended: " + exit_->ToString()};
  }
  if (::kill(target, number) == 0) return Status::Ok();
  return ErrnoStatus(errno, "signalling process " + std::to_string(pid_));
}

Status Subprocess::Signal(int number) { return SignalTo(pid_, number); }

Status Subprocess::SignalGroup(int number) { return SignalTo(-pid_, number); }

std::optional<ExitStatus> Subprocess::TryWait() {
  int status = 0;
  if (!exit_ && WaitChild(pid_, &status, WNOHANG) == pid_) exit_ = DecodeWait(status);
  return exit_;
}

Result<ExitStatus> Subprocess::Wait(const OpContext& ctx) {
  for (;;) {
    if (const std::optional<ExitStatus> exit = TryWait()) return *exit;
    PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(kPollInterval));
  }
}

std::string Subprocess::Stdout() const { return ReadOutput(out_); }

std::string Subprocess::Stderr() const { return ReadOutput(err_); }

}  // namespace pgattic::sandbox
