// What every store asks of keys, conditions and ranges, so that all of them refuse alike.
#pragma once

#include <string>

#include "base/result.h"
#include "store/object_store.h"

namespace pgattic::store {

/// The name at the root of a folder that the folder store keeps for itself.
inline constexpr char kReservedFolder[] = ".pgattic";

/// Returns InvalidArgument unless `key` is 1 to 1024 bytes without NUL, relative, without
/// empty, "." or ".." components and not under the reserved folder.
Status ValidateKey(const std::string& key);

/// Returns InvalidArgument for two conditions at once, or for user metadata that S3 could not
/// carry as headers (lower-case token names, printable ASCII values, 2 KiB in all).
Status ValidateWrite(const WriteOptions& options);

/// Returns InvalidArgument for a range that is empty or begins before the object.
Status ValidateRead(const ReadOptions& options);

/// Returns InvalidArgument unless a version id or an ETag is named.
Status ValidateDelete(const DeleteOptions& options);

}  // namespace pgattic::store
