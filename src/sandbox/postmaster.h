// What can be seen of a running postmaster without connecting to it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace pgattic::sandbox {

/// The lock file of a data folder (postmaster.pid; its lines are in miscadmin.h).
struct PostmasterFile {
  pid_t pid = 0;
  bool ready = false;  ///< Takes connections, a standby reading ones.
  /// System V segment that keeps two servers off one folder.
  std::optional<int> shared_memory_id;
};

/// Returns what `data_dir`/postmaster.pid says, zeros where it says nothing (yet).
PostmasterFile ReadPostmasterFile(const std::string& data_dir);

/// Returns the processes whose working folder is `data_dir`: all of a server's, since each of
/// them enters it and nothing else has a reason to.
std::vector<pid_t> ProcessesIn(const std::string& data_dir);

/// Removes a segment that a killed server left. No effect when it is gone.
void RemoveSharedMemory(int shared_memory_id);

}  // namespace pgattic::sandbox
