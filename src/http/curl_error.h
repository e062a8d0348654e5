// What libcurl's errors mean.
#pragma once

#include <string>

#include "base/result.h"

namespace pgattic::http {

/// Returns the status of a transfer that ended with the CURLcode `code`, not CURLE_OK. `detail`
/// is libcurl's own text, "" where it has none.
Status FromCurl(int code, const std::string& url, const std::string& detail);

}  // namespace pgattic::http
