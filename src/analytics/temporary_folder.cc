#include "analytics/temporary_folder.h"

#include <cstdlib>
#include <filesystem>

namespace pgattic::analytics {

Result<std::unique_ptr<TemporaryFolder>> TemporaryFolder::Make(const std::string& parent) {
  std::error_code failed;
  std::string path = parent;
  if (path.empty()) path = std::filesystem::temp_directory_path(failed).string();
  path += "/pgattic-query-XXXXXX";
  if (failed || mkdtemp(path.data()) == nullptr) {
    return {Code::kFailedPrecondition, "no temporary folder " + path +
                                           " can be made; set duckdb.scratch_folder to a folder "
                                           "that this user may write to"};
  }
  return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(path));  // NOLINT
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace pgattic::analytics
