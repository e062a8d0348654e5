// The one table of configuration keys: it makes the parser, the environment and the help.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "service/config.h"

namespace pgattic::service {

/// A key of the file outside [[source]].
struct ConfigKey {
  std::string name;  ///< "s3.region"; the variable is PGATTIC_S3_REGION.
  std::string fallback;
  std::string help;
  std::function<Status(Config&, const std::string&)> set;
};
const std::vector<ConfigKey>& ConfigKeys();

/// A key inside [[source]].
struct SourceKey {
  std::string name;
  std::string fallback;
  std::string help;
  std::function<Status(archive::SourceOptions&, const std::string&)> set;
};
const std::vector<SourceKey>& SourceKeys();

/// Returns the known name that is nearest to `name` by edit distance.
std::string NearestKey(const std::string& name, const std::vector<std::string>& known);

/// Returns the environment variable of a key: PGATTIC_S3_REGION.
std::string VariableOf(const std::string& key);

}  // namespace pgattic::service
