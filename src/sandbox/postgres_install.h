// Where PostgreSQL's programs are and who may run them.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "sandbox/subprocess.h"

namespace pgattic::sandbox {

/// Returns `wanted`, else PGATTIC_PG_BIN, else the bin folder of the newest version under
/// `root`. NotFound when it holds no initdb.
Result<std::string> FindPostgresBin(const std::string& wanted,
                                    const std::string& root = "/usr/lib/postgresql");

/// Returns the account that a server has to run as: none unless this process is root, else
/// `wanted`, else `postgres`, else `nobody`.
Result<std::optional<OsUser>> ChooseServerUser(const std::string& wanted);

/// Returns a TCP port of 127.0.0.1 that was free a moment ago.
Result<int> FindFreePort();

}  // namespace pgattic::sandbox
