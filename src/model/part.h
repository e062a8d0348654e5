// PartRecord: what is known of one part, in the journal and in the metadata.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/hash.h"
#include "model/narrow_object.h"

namespace pgattic::model {

/// One Parquet object of an archive with the proof of what is in it. A plain value.
struct PartRecord {
  int number = 0;   ///< Never used twice within an archive.
  int round = 1;    ///< See ArchiveState::round.
  int attempt = 0;  ///< Of the export that wrote it.
  std::string key;
  std::int64_t rows = 0;
  std::int64_t raw_bytes = 0;     ///< Of COPY data.
  std::int64_t bytes = 0;         ///< Of the object.
  std::int64_t footer_bytes = 0;  ///< At its end: what a reader fetches first.
  RowDigest digest;
  std::string sha256;
  std::string etag;
  std::string version_id;
  std::string crc64nvme;
  std::string min_id;
  std::string max_id;
  std::string filter_key;  ///< Of the id filter.
  std::string filter_etag;
  std::optional<NarrowObject> narrow;  ///< Where one was worth its place.
};

}  // namespace pgattic::model
