#include "columnar/column_encoder.h"

#include <array>
#include <vector>

#include "columnar/codec.h"

namespace pgattic::columnar {
namespace {

Status Refused(Decoded decoded, const std::string& name) {
  const Origin origin{"column", name};
  switch (decoded) {
    case Decoded::kOutOfRange:
      return {Code::kUnsupported,
              "column '" + name +
                  "' holds a value outside the range of its Arrow type (an infinite or "
                  "distant date, 24:00, NaN in a numeric, another scale); it has to travel "
                  "as text",
              origin};
    case Decoded::kNotUtf8:
      return {Code::kFailedPrecondition,
              "column '" + name +
                  "' holds bytes that are not UTF-8; is the database's encoding SQL_ASCII? "
                  "Convert the value, or archive the column as bytea",
              origin};
    case Decoded::kMalformed:
    case Decoded::kOk:
      break;
  }
  return {Code::kCorruption,
          "column '" + name + "' holds a field that is not of its type; has the table changed?",
          origin};
}

Status UnexpectedNull(const std::string& name) {
  return {Code::kCorruption,
          "column '" + name + "' is NOT NULL and holds a NULL; has the table changed?",
          {"column", name}};
}

template <typename Codec>
class TypedColumnEncoder final : public ColumnEncoder {
 public:
  using DType = typename Codec::DType;
  using Value = typename DType::c_type;

  TypedColumnEncoder(const model::Column& column, Codec codec)
      : name_(column.name), nullable_(column.nullable), codec_(codec) {}

  Status Write(const FieldColumn& fields, parquet::ColumnWriter& writer) override {
    Reserve(fields.rows);
    std::size_t values = 0;
    for (std::size_t row = 0; row < fields.rows; ++row) {
      const CopyField& field = fields.at(row);
      levels_[row] = field.is_null() ? 0 : 1;
      if (field.is_null()) {
        if (!nullable_) return UnexpectedNull(name_);
        continue;
      }
      const Decoded decoded =
          codec_.Decode(field.bytes(), values_[values], scratch_[values].data());
      if (decoded != Decoded::kOk) [[unlikely]]
        return Refused(decoded, name_);
      ++values;
    }
    static_cast<parquet::TypedColumnWriter<DType>&>(writer).WriteBatch(
        static_cast<std::int64_t>(fields.rows), nullable_ ? levels_.data() : nullptr, nullptr,
        values_.get());
    return Status::Ok();
  }

 private:
  void Reserve(std::size_t rows) {
    if (rows <= levels_.size()) return;
    levels_.resize(rows);
    values_ = std::make_unique<Value[]>(rows);  // NOLINT: vector<bool> has no data()
    scratch_.resize(rows);
  }

  std::string name_;
  bool nullable_;
  Codec codec_;
  std::vector<std::int16_t> levels_;
  std::unique_ptr<Value[]> values_;  // NOLINT(modernize-avoid-c-arrays)
  std::vector<std::array<std::uint8_t, kScratchBytes>> scratch_;
};

}  // namespace

std::unique_ptr<ColumnEncoder> ColumnEncoder::Make(const model::Column& column) {
  return VisitCodec(column, [&](auto codec) -> std::unique_ptr<ColumnEncoder> {
    return std::make_unique<TypedColumnEncoder<decltype(codec)>>(column, codec);
  });
}

}  // namespace pgattic::columnar
