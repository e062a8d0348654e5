// ColumnKind: a type of PostgreSQL, as a column declares it, and values of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sandbox/random.h"

namespace pgattic::test {

/// One declared type. A plain value.
struct ColumnKind {
  std::string type;                                    ///< As in CREATE TABLE.
  std::function<std::string(sandbox::Random&)> value;  ///< An SQL expression; never NULL.
};

/// SQL that makes the schemas, extensions and types that the kinds are made of.
const char* KindsPrelude();

/// Number of kinds of ScalarKind that a server knows; the version is 150018 for 15.18.
int ScalarKindCount(int server_version);
/// Returns the `index`-th scalar kind, its type modifier and reach by chance.
ColumnKind ScalarKind(int index, sandbox::Random& random);
/// Arrays of one and two dimensions with lower bounds of their own and NULLs.
ColumnKind ArrayOf(ColumnKind element);
/// A scalar kind or an array of one.
ColumnKind RandomKind(int server_version, sandbox::Random& random);

}  // namespace pgattic::test
