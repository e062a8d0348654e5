#include "columnar/extremes.h"

#include <parquet/statistics.h>

#include "columnar/arrow_error.h"
#include "columnar/codec.h"
#include "columnar/parquet_schema.h"

namespace pgattic::columnar {
namespace {

// Returns the statistics of one column over all row groups, or null.
template <typename DType>
std::shared_ptr<parquet::Statistics> Merge(
    const parquet::ColumnDescriptor& descriptor,
    const std::vector<std::shared_ptr<parquet::Statistics>>& parts) {
  auto merged = parquet::MakeStatistics<DType>(&descriptor);
  for (const auto& part : parts) {
    if (part) merged->Merge(static_cast<const parquet::TypedStatistics<DType>&>(*part));
  }
  return merged;
}

}  // namespace

Result<Extremes> Extremes::Of(const parquet::FileMetaData& metadata, const PartLayout& layout) {
  return GuardParquet(ArrowUse::kReading, [&]() -> Result<Extremes> {
    Extremes extremes;
    extremes.bounds_.resize(layout.row_groups.size(),
                            std::vector<Bounds>(layout.schema.columns.size()));
    for (std::size_t column = 0; column < layout.schema.columns.size(); ++column) {
      if (column == layout.schema.id_index || !HasStatistics(layout.schema, column)) continue;
      std::vector<std::shared_ptr<parquet::Statistics>> parts;
      for (std::size_t group = 0; group < layout.row_groups.size(); ++group) {
        auto part = metadata.RowGroup(static_cast<int>(group))
                        ->ColumnChunk(static_cast<int>(column))
                        ->statistics();
        if (!part || !part->HasMinMax()) continue;
        extremes.bounds_[group][column] = {part->EncodeMin(), part->EncodeMax()};
        parts.push_back(std::move(part));
      }
      if (parts.empty()) continue;
      const auto merged = VisitCodec(layout.schema.columns[column], [&](auto codec) {
        return Merge<typename decltype(codec)::DType>(
            *layout.descriptor->Column(static_cast<int>(column)), parts);
      });
      extremes.wanted_.push_back({column, merged->EncodeMin(), false});
      extremes.wanted_.push_back({column, merged->EncodeMax(), true});
    }
    return extremes;
  });
}

void Extremes::BeginRowGroup(std::size_t index) {
  watched_.clear();
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const Bounds& bounds = bounds_[index][wanted_[i].column];
    const std::string& own = wanted_[i].is_max ? bounds.max : bounds.min;
    if (!wanted_[i].seen && own == wanted_[i].plain) watched_.push_back(i);
  }
}

bool Extremes::IsNewAt(const std::vector<std::unique_ptr<ColumnCursor>>& cursors) {
  const std::size_t before = watched_.size();
  std::erase_if(watched_, [&](std::size_t i) {
    wanted_[i].seen = cursors[wanted_[i].column]->IsPlain(wanted_[i].plain);
    return wanted_[i].seen;
  });
  return watched_.size() < before;
}

Status Extremes::Finish(const PartLayout& layout) const {
  for (const Wanted& wanted : wanted_) {
    if (wanted.seen) continue;
    const std::string& name = layout.schema.columns[wanted.column].name;
    return {Code::kCorruption,
            "no row of the part holds the " + std::string(wanted.is_max ? "maximum" : "minimum") +
                " that the statistics of column '" + name + "' promise",
            {"column", name}};
  }
  return Status::Ok();
}

}  // namespace pgattic::columnar
