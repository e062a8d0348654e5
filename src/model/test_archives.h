// Metadata of archives for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/metadata.h"

namespace pgattic::model {

/// Of one month of public.past_games, at the root, with one part.
inline Metadata ArchiveOf(int year, int month, std::vector<Column> columns) {
  const auto day = [](int y, int m) {
    return std::to_string(y) + (m < 10 ? "-0" : "-") + std::to_string(m) + "-01";
  };
  const std::string next = month == 12 ? day(year + 1, 1) : day(year, month + 1);
  const std::string name = std::to_string(year) + (month < 10 ? "_0" : "_") + std::to_string(month);
  Metadata metadata;
  metadata.source = {"woogles", "public", "past_games"};
  metadata.partition_name = "past_games_" + name;
  metadata.bounds =
      *ParseBounds("FOR VALUES FROM ('" + day(year, month) + "') TO ('" + next + "')");
  metadata.columns = std::move(columns);
  PartRecord part;
  part.key = "partitions/year=" + std::to_string(year) + "/month=" + name.substr(5) + "/games_" +
             name + ".parquet";
  metadata.parts = {part};
  return metadata;
}

inline Column Text(const std::string& name) {
  return {name, {25, -1, "text"}, true, Transport::kString};
}

}  // namespace pgattic::model
