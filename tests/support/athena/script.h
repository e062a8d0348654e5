// The scripts of this folder as child processes that print their port. For its own sources.
#pragma once

#include <cstdlib>
#include <string>

#include "base/result.h"
#include "sandbox/subprocess.h"

namespace pgattic::test {

inline std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

inline std::string Python() { return Variable("PGATTIC_THIRD_PARTY") + "/venv/bin/python"; }

inline std::string Script(const std::string& name) {
  return Variable("PGATTIC_SOURCE_DIR") + "/tests/support/athena/" + name;
}

/// Waits for the first line, a port.
inline Result<std::string> EndpointOf(sandbox::Subprocess& process) {
  const OpContext ctx = OpContext().WithDeadline(std::chrono::seconds(30));
  while (process.Stdout().find('\n') == std::string::npos) {
    if (process.TryWait()) return {Code::kInternal, process.Stderr()};
    PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(std::chrono::milliseconds(10)));
  }
  const std::string port = process.Stdout();
  return "http://127.0.0.1:" + port.substr(0, port.find('\n'));
}

}  // namespace pgattic::test
