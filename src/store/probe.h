// Probe: does a store honour the conditions on which the archive's safety rests?
#pragma once

#include <string>

#include "store/object_store.h"

namespace pgattic::store {

/// Writes objects of a random name under `prefix` ("" or ending in "/") and checks that
/// if_absent is honoured by Put and by Complete, if_match by Put, Get and Delete. Deletes what
/// it wrote, also after a failure. Blocks for a dozen calls.
///
/// Errors: Unsupported, naming the condition that the store ignores and what to do; else
/// what the store returned.
Status ProbeConditions(const OpContext& ctx, ObjectStore& store, const std::string& prefix);

}  // namespace pgattic::store
