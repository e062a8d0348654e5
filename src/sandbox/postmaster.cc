#include "sandbox/postmaster.h"

#include <sys/ipc.h>
#include <sys/shm.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace pgattic::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr int kPidLine = 1;
constexpr int kSharedMemoryLine = 7;  // "key id"
constexpr int kStatusLine = 8;

/// Returns the number that `text` consists of, nullopt for anything else.
std::optional<int> WholeNumber(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

PostmasterFile ReadPostmasterFile(const std::string& data_dir) {
  PostmasterFile found;
  std::ifstream file(data_dir + "/postmaster.pid");
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (number == kPidLine) found.pid = WholeNumber(line).value_or(0);
    if (number == kStatusLine) {
      found.ready = line.starts_with("ready") || line.starts_with("standby");
    }
    if (number == kSharedMemoryLine) {
      found.shared_memory_id = WholeNumber(line.substr(line.rfind(' ') + 1));
    }
  }
  return found;
}

std::vector<pid_t> ProcessesIn(const std::string& data_dir) {
  std::vector<pid_t> found;
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    const std::optional<int> pid = WholeNumber(at->path().filename().native());
    std::error_code gone;
    if (pid && fs::read_symlink(at->path() / "cwd", gone) == data_dir) found.push_back(*pid);
  }
  return found;
}

void RemoveSharedMemory(int shared_memory_id) { ::shmctl(shared_memory_id, IPC_RMID, nullptr); }

}  // namespace pgattic::sandbox
