#include "sandbox/scratch_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace pgattic::sandbox {
namespace {

using store::ErrnoStatus;
using store::UniqueFd;

/// $1 is the folder, the rest a command. `read` returns when the last writer of the pipe is
/// gone. Something may still write into the folder, so removal is tried again.
constexpr const char* kGuardScript =
    "trap '' HUP INT TERM; read -r _; folder=$1; shift; "
    "[ $# -eq 0 ] || \"$@\"; cd /; "
    "for try in 1 2 3 4 5; do rm -rf -- \"$folder\" && break; sleep 1; done";

}  // namespace

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::Make(const ScratchOptions& options) {
  std::string path = options.parent + "/pgattic-XXXXXX";
  const std::string what = "making a folder under " + options.parent;
  if (::mkdtemp(path.data()) == nullptr) return ErrnoStatus(errno, what);
  std::unique_ptr<ScratchFolder> folder(new ScratchFolder(path));
  if (options.owner && ::chown(path.c_str(), options.owner->uid, options.owner->gid) != 0) {
    return ErrnoStatus(errno, what);
  }
  PGATTIC_RETURN_IF_ERROR(folder->StartGuard(options));
  return folder;
}

Status ScratchFolder::StartGuard(const ScratchOptions& options) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return ErrnoStatus(errno, "guarding " + path_);
  const UniqueFd read_end(ends[0]);
  lifeline_ = UniqueFd(ends[1]);
  SubprocessOptions guard{.argv = {"/bin/sh", "-c", kGuardScript, "pgattic-guard", path_},
                          .working_folder = "/",
                          .stdin_fd = read_end.get(),
                          .stdout_file = "/dev/null",
                          .stderr_file = "/dev/null",
                          .parent_death_signal = 0,
                          .user = options.owner};
  for (std::string arg : options.on_abandon) {
    if (const std::size_t at = arg.find("{}"); at != std::string::npos) {
      arg.replace(at, 2, path_);
    }
    guard.argv.push_back(std::move(arg));
  }
  PGATTIC_ASSIGN_OR_RETURN(guard_, Subprocess::Spawn(guard));
  return Status::Ok();
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace pgattic::sandbox
