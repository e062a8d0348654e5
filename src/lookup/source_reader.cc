#include "lookup/source_reader.h"

namespace pgattic::lookup {
namespace {

SearchOptions SearchOptionsOf(const catalog::SourceTable& source,
                              const SourceReaderOptions& options) {
  SearchOptions search;
  search.source = source.id.Name();
  search.id_kind = source.id_kind;
  search.by_day = source.partition_type == "date";
  search.ttl = options.cache_ttl;
  search.parallel = options.parallel_parts;
  return search;
}

}  // namespace

SourceReader::SourceReader(const Backends& backends, const catalog::SourceTable& source,
                           const SourceReaderOptions& options)
    : database_(backends.pool, source, options.is_games),
      parts_(backends.store, options.footer_cache_bytes, source.partition_column),
      search_(parts_, backends.cache, SearchOptionsOf(source, options)),
      reader_(database_, search_) {}

}  // namespace pgattic::lookup
