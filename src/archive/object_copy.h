// One object from one store to another, proven on the way.
#pragma once

#include <cstdint>
#include <string>

#include "base/op_context.h"
#include "base/result.h"
#include "store/object_store.h"

namespace pgattic::archive {

/// An object that is to be read. References for the length of one call.
struct ObjectRef {
  store::ObjectStore& store;
  const std::string& key;
  std::string etag;        ///< "": whatever lies there.
  std::string version_id;  ///< "": the current one.
};

/// What the bytes must be, and whose the new object is. A plain value.
struct ObjectIdentity {
  std::int64_t bytes = 0;
  std::string sha256;
  std::string nonce;
  std::string content_type;
};

/// Streams an object to `key` of `to`, where nothing may lie. It becomes visible only when its
/// bytes were of that length and sha256; else Corruption. One that a killed run completed is taken
/// when it carries the nonce and its bytes, read again, are the same; Conflict when it is another.
/// Memory: a few MiB. May block for as long as the object takes.
Result<store::ObjectInfo> CopyObject(const OpContext& ctx, const ObjectRef& from,
                                     const ObjectIdentity& identity, store::ObjectStore& to,
                                     const std::string& key);

/// Reads an object whole and returns its sha256. Errors: the store's.
Result<std::string> HashObject(const OpContext& ctx, const ObjectRef& object, std::int64_t bytes);

}  // namespace pgattic::archive
