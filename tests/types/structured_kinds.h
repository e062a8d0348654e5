// Kinds that are made of other values: geometry, ranges, composites, and of extensions.
#pragma once

#include "tests/types/column_kinds.h"

namespace pgattic::test {

ColumnKind GeometricKind(sandbox::Random& random);
ColumnKind HstoreKind();
/// pg_lsn, xid8, tid, regtype, oidvector, ltree.
ColumnKind SystemKind(sandbox::Random& random);
/// Ranges and multiranges, one over text of our own.
ColumnKind AnyRange(sandbox::Random& random);
/// Enums and domains.
ColumnKind UserKind(sandbox::Random& random);
ColumnKind CompositeKind(sandbox::Random& random);

}  // namespace pgattic::test
