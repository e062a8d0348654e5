// PacedObjectStore: a store that is read no faster than somebody allows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "store/forwarding_object_store.h"

namespace pgattic::store {

/// Told how many bytes a Get gave; blocks until they are earned. Errors: those of the context.
using AfterRead = std::function<Status(const OpContext& ctx, std::int64_t bytes)>;

/// Passes everything on to another store, and each Get's bytes to `after_read` before they are
/// handed on. Thread-safe if both are. The other store outlives it.
class PacedObjectStore final : public ForwardingObjectStore {
 public:
  /// `after_read` empty: nothing is waited for.
  PacedObjectStore(ObjectStore& inner, AfterRead after_read)
      : ForwardingObjectStore(inner), after_read_(std::move(after_read)) {}

  Result<std::string> Get(const OpContext& ctx, const std::string& key,
                          const ReadOptions& options) override;

 private:
  const AfterRead after_read_;
};

}  // namespace pgattic::store
