// The status page: three files that lie in the program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http_server/message.h"

namespace pgattic::api {

/// One file of src/api/page/. A plain value.
struct PageFile {
  std::string_view name;
  std::string_view text;
};

/// Returns all files; made by cmake/EmbedFiles.cmake.
const std::vector<PageFile>& PageFiles();

/// Returns the file `name` ("" is the page itself), with headers that let it load nothing from
/// elsewhere.
http_server::Response AnswerPage(const std::string& name);

}  // namespace pgattic::api
