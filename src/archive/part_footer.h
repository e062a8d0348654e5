// Reading the very object that a part's record names.
#pragma once

#include <memory>

#include "base/op_context.h"
#include "base/result.h"
#include "columnar/part_reader.h"
#include "model/part.h"
#include "store/object_store.h"

namespace pgattic::archive {

/// Returns what reads ranges of the part's object: of that ETag, and version where there is one. A
/// key is used once, so another ETag is kCorruption: no later try finds the object again. `ctx` and
/// `store` outlive it.
columnar::ReadRange RangesOf(const OpContext& ctx, store::ObjectStore& store,
                             const model::PartRecord& part);

/// Reads and parses its footer: one GET.
Result<std::shared_ptr<const columnar::Footer>> FooterOf(const OpContext& ctx,
                                                         store::ObjectStore& store,
                                                         const model::PartRecord& part);

}  // namespace pgattic::archive
