// The one table of configuration keys: it makes the parser, the environment and the help.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "service/config.h"

namespace pgattic::service {

/// A key of the file outside [[source]]. `set` returns InvalidArgument without the key's name.
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

/// Returns the names of all keys, those of a source as "source.table".
std::vector<std::string> AllKeys();

/// Returns the known name that `name` was probably meant to be: the same word in another
/// section, else the nearest by edit distance; "" when none is near.
std::string NearestKey(const std::string& name, const std::vector<std::string>& known);

/// Returns the long flag of a key: --s3-path-style.
std::string FlagOf(const std::string& key);

/// Returns the environment variable of a key: PGATTIC_S3_REGION.
std::string VariableOf(const std::string& key);

}  // namespace pgattic::service
