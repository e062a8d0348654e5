// Keys of the row cache.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgattic::cache {

/// Which row, as of which state of its archive. Views: a plain value for one call.
struct RowAddress {
  std::string_view source;      ///< Of the configuration: "public.past_games".
  std::int64_t archive_id = 0;  ///< Of the journal.
  std::int64_t revision = 0;    ///< Of the journal row: another state, another key.
  std::string_view id;          ///< As text; any bytes.
};

/// Returns RowAddress::source for the rows of one archive: journals that share a cache number their
/// archives alike, their nonces tell them apart.
std::string CacheSource(std::string_view source, std::string_view archive_nonce);

/// Returns the key of a row: "s3game:1:<source>:<archive>:<revision>:<id>". The 1 is the version
/// of keys and values. Source and id that are long, or not plain, are given as '#' and their
/// SHA-256, so that a key has at most 200 bytes and no two rows share one, whoever chose the id.
std::string CacheKey(const RowAddress& row);

}  // namespace pgattic::cache
