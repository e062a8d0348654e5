#include "sandbox/text_file.h"

#include <fstream>
#include <sstream>

namespace pgattic::sandbox {
namespace {

Status Write(const std::string& path, const std::string& text, std::ios::openmode mode) {
  std::ofstream file(path, std::ios::binary | mode);
  file << text;
  file.close();
  if (file.good()) return Status::Ok();
  return {Code::kResourceExhausted,
          "writing " + path + " failed: give this user the folder, or free room on the disk"};
}

}  // namespace

std::string ReadTextFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Status WriteTextFile(const std::string& path, const std::string& text) {
  return Write(path, text, std::ios::trunc);
}

Status AppendTextFile(const std::string& path, const std::string& text) {
  return Write(path, text, std::ios::app);
}

}  // namespace pgattic::sandbox
