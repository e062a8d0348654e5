// A temporary folder of a test.
#pragma once

#include <filesystem>
#include <string>

#include "base/hash.h"

namespace pgattic::store {

/// Makes an empty folder; its destructor removes it with all that is in it.
class TestFolder {
 public:
  TestFolder() : path_(std::filesystem::temp_directory_path() / ("pgattic-store-" + RandomHex(8))) {
    std::filesystem::create_directories(path_);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace pgattic::store
