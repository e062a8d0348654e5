#include "store/paced_object_store.h"

namespace pgattic::store {

Result<std::string> PacedObjectStore::Get(const OpContext& ctx, const std::string& key,
                                          const ReadOptions& options) {
  Result<std::string> bytes = inner().Get(ctx, key, options);
  if (!bytes.ok() || !after_read_) return bytes;
  PGATTIC_RETURN_IF_ERROR(after_read_(ctx, static_cast<std::int64_t>(bytes->size())));
  return bytes;
}

}  // namespace pgattic::store
