// Small files as strings: configuration, logs, what /proc says.
#pragma once

#include <string>

#include "base/result.h"

namespace pgattic::sandbox {

/// Returns the whole file, "" when it cannot be read.
std::string ReadTextFile(const std::string& path);

/// Replaces the file. ResourceExhausted when it cannot be written.
Status WriteTextFile(const std::string& path, const std::string& text);

/// Adds to the end of the file, making it when absent. ResourceExhausted as above.
Status AppendTextFile(const std::string& path, const std::string& text);

}  // namespace pgattic::sandbox
