#include "archive/part_footer.h"

#include <utility>

namespace pgattic::archive {

columnar::ReadRange RangesOf(const OpContext& ctx, store::ObjectStore& store,
                             const model::PartRecord& part) {
  return [&ctx, &store, key = part.key, etag = part.etag, version = part.version_id](
             std::int64_t offset, std::int64_t length) -> Result<std::string> {
    store::ReadOptions options;
    options.range = store::ByteRange{offset, length};
    options.if_match = etag;
    options.version_id = version;
    Result<std::string> bytes = store.Get(ctx, key, options);
    if (!bytes.Is(Code::kConflict)) return bytes;
    return {Code::kCorruption, store.Describe() + "/" + key +
                                   " was damaged or replaced after it was written; `pgattic scrub` "
                                   "mends what a copy has"};
  };
}

Result<std::shared_ptr<const columnar::Footer>> FooterOf(const OpContext& ctx,
                                                         store::ObjectStore& store,
                                                         const model::PartRecord& part) {
  const columnar::ReadRange read = RangesOf(ctx, store, part);
  PGATTIC_ASSIGN_OR_RETURN(std::string tail,
                           read(part.bytes - part.footer_bytes, part.footer_bytes));
  return columnar::Footer::Parse(std::move(tail), part.bytes);
}

}  // namespace pgattic::archive
