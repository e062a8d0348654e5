// Makes the object store that a URL names.
#pragma once

#include <memory>

#include "base/result.h"
#include "service/config.h"
#include "store/object_store.h"

namespace pgattic::service {

/// Opens file:///folder or s3://bucket/prefix. InvalidArgument for any other URL; else the
/// store's own errors.
Result<std::unique_ptr<store::ObjectStore>> OpenStore(const Config& config);

}  // namespace pgattic::service
