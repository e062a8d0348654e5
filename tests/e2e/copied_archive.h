// CopiedArchive: a game archive with a second store.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "game_archive.h"
#include "sandbox/text_file.h"

namespace pgattic::test {

/// Flips one bit in the middle of a file, as a disk does: nothing else of it changes.
inline void FlipBit(const std::filesystem::path& path) {
  std::string bytes = sandbox::ReadTextFile(path);
  ASSERT_FALSE(bytes.empty()) << path;
  const auto middle = static_cast<std::streamoff>(bytes.size() / 2);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(middle);
  file.put(static_cast<char>(bytes[bytes.size() / 2] ^ 1));
}

class CopiedArchive : public GameArchive {
 protected:
  std::string copy_folder() const { return folder() + "/copy"; }
  /// A folder as the second store.
  void UseCopy() {
    std::filesystem::create_directories(copy_folder());
    Configure("file://" + archive_folder(), CopyToml());
  }
  std::string CopyToml() const { return "[copy]\nurl = \"file://" + copy_folder() + "\"\n"; }
  /// Every object of a folder with its bytes, by key; not the table's definition, which is made
  /// anew and not copied.
  static std::map<std::string, std::string> Objects(const std::string& root) {
    std::map<std::string, std::string> objects;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      const std::string key = std::filesystem::relative(entry.path(), root);
      if (!entry.is_regular_file() || key.starts_with(".pgattic/")) continue;
      if (key.starts_with("athena_schemas/")) continue;
      objects[key] = sandbox::ReadTextFile(entry.path());
    }
    return objects;
  }
  /// Of the first store, those that the second one is to have.
  std::map<std::string, std::string> ToBeCopied() {
    auto objects = Objects(archive_folder());
    EXPECT_GT(
        std::erase_if(objects, [](const auto& one) { return one.first.starts_with("narrow/"); }),
        0U);
    return objects;
  }
  std::string Phase() { return One("SELECT phase FROM pgattic.archive ORDER BY id LIMIT 1"); }
  std::string PartKey() { return One("SELECT key FROM pgattic.part ORDER BY number LIMIT 1"); }
  std::string FilterKey() {
    return One("SELECT filter_key FROM pgattic.part ORDER BY number LIMIT 1");
  }
  nlohmann::json CopyState() {
    return Pgattic({"status", "--json"}).json().at("archives").at(0).at("copy");
  }
};

}  // namespace pgattic::test
