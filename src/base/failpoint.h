// Failpoints: named places before and after each durable effect, where a test kills the
// process. Compiled in with -DPGATTIC_FAILPOINTS=ON only; free otherwise.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pgattic::failpoint {

/// Every failpoint of the program, in the order in which an archive passes them. A name that
/// is not in this list cannot be passed or armed.
const std::vector<std::string_view>& All();

/// True when the program was built with failpoints.
bool IsBuiltIn();

/// Arms one failpoint: "name" or "name:n" kills the process (SIGKILL to itself) at the n-th
/// pass; "name:n:stop" stops it (SIGSTOP) there instead, to be woken by SIGCONT.
/// Returns InvalidArgument for an unknown name, Unsupported where not built in.
Status Arm(std::string_view spec);

namespace internal {
void Pass(std::string_view name);
}  // namespace internal

}  // namespace pgattic::failpoint

#ifdef PGATTIC_FAILPOINTS
#define PGATTIC_FAILPOINT(name) ::pgattic::failpoint::internal::Pass(name)
#else
#define PGATTIC_FAILPOINT(name) static_cast<void>(0)
#endif
