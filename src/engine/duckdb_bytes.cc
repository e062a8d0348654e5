#include "engine/duckdb_bytes.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

#include "engine/duckdb_sql.h"

namespace pgattic::engine {
namespace {

struct ColumnBytes {
  std::string column;
  std::int64_t bytes = 0;
};
using BytesByFile = std::map<std::string, std::vector<ColumnBytes>>;

Result<BytesByFile> ReadFooters(const OpContext& ctx, DuckDbSession& session,
                                const std::vector<std::string>& files) {
  PGATTIC_ASSIGN_OR_RETURN(
      const auto rows,
      session.Rows(ctx, {"SELECT file_name, path_in_schema, sum(total_compressed_size)::bigint "
                         "FROM parquet_metadata(" +
                             SqlList(files) + ") GROUP BY ALL",
                         {},
                         {}}));
  BytesByFile bytes;
  for (const auto& row : rows) {
    ColumnBytes column{row[1].value_or(""), 0};
    const std::string text = row[2].value_or("0");
    std::from_chars(text.data(), text.data() + text.size(), column.bytes);
    bytes[row[0].value_or("")].push_back(std::move(column));
  }
  return bytes;
}

std::int64_t BytesOf(const BytesByFile& files, const Scan& scan) {
  std::vector<std::int64_t> sizes;
  for (const auto& [file, columns] : files) {
    std::int64_t bytes = 0;
    for (const ColumnBytes& column : columns) {
      if (scan.Touches(column.column)) bytes += column.bytes;
    }
    sizes.push_back(bytes);
  }
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  if (scan.files && *scan.files < static_cast<std::int64_t>(sizes.size())) {
    sizes.resize(static_cast<std::size_t>(*scan.files));
  }
  std::int64_t sum = 0;
  for (const std::int64_t size : sizes) sum += size;
  return sum;
}

}  // namespace

Result<std::int64_t> BytesOfScans(const OpContext& ctx, DuckDbSession& session,
                                  const std::vector<std::string>& files,
                                  const std::vector<Scan>& scans) {
  if (files.empty()) return std::int64_t{0};
  PGATTIC_ASSIGN_OR_RETURN(const BytesByFile bytes, ReadFooters(ctx, session, files));
  std::int64_t sum = 0;
  for (const Scan& scan : scans) {
    if (scan.table.empty()) sum += BytesOf(bytes, scan);
  }
  return sum;
}

}  // namespace pgattic::engine
