// PGATTIC_CHECK: for faults of the programmer, in every build. Never for input.
#pragma once

#include <string_view>

namespace pgattic::internal {

/// Prints where and why, then aborts. All state is durable: the next run goes on.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              std::string_view message);

}  // namespace pgattic::internal

#define PGATTIC_CHECK(condition, message)                                          \
  do {                                                                             \
    if (!(condition)) [[unlikely]] {                                               \
      ::pgattic::internal::CheckFailed(__FILE__, __LINE__, #condition, (message)); \
    }                                                                              \
  } while (false)
