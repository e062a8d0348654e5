#include <utility>

#include "columnar/part_layout.h"
#include "columnar/part_reader.h"
#include "columnar/point_read.h"

namespace pgattic::columnar {
namespace {

class FooterImpl final : public Footer {
 public:
  FooterImpl(PartLayout layout, std::string indexes)
      : layout_(std::move(layout)), indexes_(std::move(indexes)) {}

  const model::TableSchema& schema() const override { return layout_.schema; }
  std::int64_t row_count() const override { return layout_.rows; }
  const std::map<std::string, std::string>& file_metadata() const override {
    return layout_.file_metadata;
  }
  int row_group_count() const override { return static_cast<int>(layout_.row_groups.size()); }
  RowGroupSpan row_group(int index) const override { return At(index).span; }
  FileSpan id_chunk(int index) const override { return At(index).chunks[layout_.schema.id_index].pages; }

 private:
  PartLayout layout_;
  std::string indexes_;
};

}  // namespace
}  // namespace pgattic::columnar
