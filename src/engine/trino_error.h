// What Trino's errors, and those of its HTTP interface, mean. Athena's failures carry the same
// names.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pgattic::engine {

/// A failure in Trino's words. A plain value.
struct TrinoError {
  std::string name;  ///< "TABLE_NOT_FOUND".
  std::string type;  ///< "USER_ERROR", "INTERNAL_ERROR", "INSUFFICIENT_RESOURCES", "EXTERNAL".
  std::string message;
};

/// Returns the status; its origin is {`engine`, name}.
Status FromTrino(const TrinoError& error, std::string_view engine);

/// Returns the code of an error of that name and type; kInternal for unknown ones.
Code CodeOfTrinoError(std::string_view name, std::string_view type);

/// Returns the status of an answer that is not 200. `body` may be anything.
Status FromTrinoHttp(int status, const std::string& url, std::string_view body);

}  // namespace pgattic::engine
