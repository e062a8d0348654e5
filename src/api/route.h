// Route: what a path asks for.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/label.h"

namespace pgattic::api {

/// A target taken apart. A plain value.
struct Route {
  metrics::HttpRoute name = metrics::HttpRoute::kUnknown;
  std::vector<std::string> arguments;  ///< What the path names: id; source and id; method; file.
  std::map<std::string, std::string> query;
};

/// Takes a request's target (path and query) apart. InvalidArgument when its encoding is broken;
/// a path that is not known is kUnknown. Pure.
Result<Route> ParseTarget(std::string_view target);

}  // namespace pgattic::api
