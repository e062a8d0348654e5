#include "columnar/column_cursor.h"

#include <arrow/memory_pool.h>
#include <parquet/column_reader.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "columnar/arrow_error.h"
#include "columnar/codec.h"
#include "columnar/plain_key.h"
#include "columnar/plain_pages.h"

namespace pgattic::columnar {
namespace {

constexpr std::int64_t kBatch = 512;

template <typename Codec>
class TypedColumnCursor final : public ColumnCursor {
 public:
  using DType = typename Codec::DType;
  using Value = typename DType::c_type;

  TypedColumnCursor(const model::Column& column, Codec codec,
                    std::shared_ptr<parquet::ColumnReader> reader)
      : name_(column.name),
        nullable_(column.nullable),
        codec_(codec),
        reader_(std::move(reader)),
        levels_(kBatch, 1),
        values_(std::make_unique<Value[]>(kBatch)) {}  // NOLINT: vector<bool> has no data()

  Status Next() override {
    ++row_;
    if (!is_null_) ++value_;
    if (row_ >= rows_) PGATTIC_RETURN_IF_ERROR(Fill());
    is_null_ = levels_[static_cast<std::size_t>(row_)] == 0;
    return Status::Ok();
  }

  Status AppendField(std::string& out) const override {
    if (is_null_) {
      AppendNullField(out);
      return Status::Ok();
    }
    return codec_.Encode(value(), out) ? Status::Ok() : OutOfRange();
  }

  Result<std::optional<std::string>> Text() const override {
    if (is_null_) return std::optional<std::string>();
    std::string text;
    if (!codec_.ToText(value(), text)) return OutOfRange();
    return std::optional<std::string>(std::move(text));
  }

  Status AssignKey(IdKey& key) const override {
    if (is_null_) return Damaged("a NULL id");
    AssignPlainKey(value(), key);
    return Status::Ok();
  }

  bool IsPlain(const std::string& plain) const override {
    if (is_null_) return false;
    if constexpr (std::is_same_v<Value, parquet::FLBA>) {
      const auto width = static_cast<std::size_t>(codec_.width);
      return plain.size() == width && std::memcmp(value().ptr, plain.data(), width) == 0;
    } else if constexpr (std::is_same_v<Value, parquet::ByteArray>) {
      return plain == std::string_view(reinterpret_cast<const char*>(value().ptr), value().len);
    } else if constexpr (std::is_same_v<Value, bool>) {
      return plain.size() == 1 && value() == (plain[0] != 0);
    } else {
      Value wanted{};
      if (plain.size() != sizeof wanted) return false;
      std::memcpy(&wanted, plain.data(), sizeof wanted);
      return value() == wanted;  // not by bits: -0 and 0 are one extreme
    }
  }

 private:
  const Value& value() const { return values_[static_cast<std::size_t>(value_)]; }
  parquet::TypedColumnReader<DType>& typed_reader() {
    return static_cast<parquet::TypedColumnReader<DType>&>(*reader_);
  }

  // Reads on within the page, or goes to the next one.
  Status Fill() {
    row_ = 0;
    value_ = 0;
    return GuardParquet(ArrowUse::kReading, [&] {
      std::int64_t values = 0;
      rows_ = typed_reader().HasNext()
                  ? typed_reader().ReadBatch(kBatch, nullable_ ? levels_.data() : nullptr, nullptr,
                                             values_.get(), &values)
                  : 0;
      if (rows_ <= 0) return Damaged("fewer rows");
      const auto end = levels_.begin() + rows_;
      const auto present = nullable_ ? std::count(levels_.begin(), end, 1) : rows_;
      return present == values ? Status::Ok() : Damaged("fewer values");
    });
  }

  Status Damaged(const std::string& what) const {
    return {
        Code::kCorruption,
        "column '" + name_ + "' of the part holds " + what + " where its footer promises others",
        {"column", name_}};
  }
  Status OutOfRange() const {
    return {Code::kCorruption,
            "column '" + name_ + "' of the part holds a value that its type cannot",
            {"column", name_}};
  }

  std::string name_;
  bool nullable_;
  Codec codec_;
  std::shared_ptr<parquet::ColumnReader> reader_;
  std::vector<std::int16_t> levels_;
  std::unique_ptr<Value[]> values_;  // NOLINT(modernize-avoid-c-arrays)
  std::int64_t rows_ = 0;
  std::int64_t row_ = -1;
  std::int64_t value_ = -1;
  bool is_null_ = false;
};

}  // namespace

Result<std::unique_ptr<ColumnCursor>> ColumnCursor::Open(
    const model::Column& column, const parquet::ColumnDescriptor& descriptor,
    const PageRun& pages) {
  using Cursor = Result<std::unique_ptr<ColumnCursor>>;
  return GuardParquet(ArrowUse::kReading, [&]() -> Cursor {
    auto reader = parquet::ColumnReader::Make(&descriptor,
                                              OpenPlainPages(descriptor, pages.bytes, pages.rows),
                                              arrow::system_memory_pool());
    return VisitCodec(column, [&](auto codec) -> Cursor {
      return std::unique_ptr<ColumnCursor>(
          std::make_unique<TypedColumnCursor<decltype(codec)>>(column, codec, std::move(reader)));
    });
  });
}

}  // namespace pgattic::columnar
