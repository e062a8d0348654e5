// Makes the object store that a URL names.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "s3/s3_options.h"
#include "service/config.h"
#include "store/object_store.h"

namespace pgattic::service {

/// Returns the folder of a file:// archive; nullopt for any other.
std::optional<std::string> FolderOf(const Config& config);

/// Returns the options of an s3:// archive; nullopt for any other.
std::optional<s3::S3Options> S3OptionsOf(const Config& config);

/// Opens file:///folder or s3://bucket/prefix. InvalidArgument without a URL; else the
/// store's own errors.
Result<std::unique_ptr<store::ObjectStore>> OpenStore(const Config& config);

/// Opens the store of copies; null where none is configured.
Result<std::unique_ptr<store::ObjectStore>> OpenCopyStore(const Config& config);

}  // namespace pgattic::service
