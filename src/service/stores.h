// Makes the object store that a URL names.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "service/config.h"
#include "store/object_store.h"

namespace pgattic::service {

/// Returns the folder of a file:// archive; nullopt for any other.
std::optional<std::string> FolderOf(const Config& config);

/// Opens file:///folder or s3://bucket/prefix. InvalidArgument without a URL; else the
/// store's own errors.
Result<std::unique_ptr<store::ObjectStore>> OpenStore(const Config& config);

/// Opens the store of copies; null where none is configured.
Result<std::unique_ptr<store::ObjectStore>> OpenCopyStore(const Config& config);

}  // namespace pgattic::service
