#include "columnar/point_column.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "columnar/codec.h"
#include "columnar/plain_key.h"
#include "columnar/point_page.h"

namespace pgattic::columnar {
namespace {

template <typename Codec>
std::int32_t WidthOf(const Codec& codec) {
  if constexpr (std::is_same_v<Codec, DecimalCodec>) return codec.width;
  return 0;
}

}  // namespace

Status PointColumn::Damaged(const std::string& what) const {
  return {Code::kCorruption,
          "column '" + column_.name + "' of the part holds " + what +
              "; verify the part, then repair it from the copy",
          {"column", column_.name}};
}

// Calls on_value(null or the value) for each row; it returns whether to go on.
template <typename Codec, typename OnValue>
Status PointColumn::Walk(const Codec& codec, std::int64_t skip, std::int64_t count,
                         const OnValue& on_value) const {
  using Value = typename Codec::DType::c_type;
  const std::int32_t width = WidthOf(codec);
  for (const PageBytes& bytes : pages_) {
    std::optional<PointPage> page = PointPage::Open(bytes.bytes, bytes.rows, column_.nullable);
    if (!page) return Damaged("a damaged page");
    const std::int64_t passed = std::min(skip, bytes.rows);
    const std::optional<std::int64_t> values = page->Advance(passed);
    if (!values || !page->template Pass<Value>(*values, width)) return Damaged("fewer values");
    skip -= passed;
    for (std::int64_t row = passed; row < bytes.rows && count > 0; ++row, --count) {
      const std::optional<std::int64_t> present = page->Advance(1);
      Value value{};
      if (!present || (*present != 0 && !page->Take(value, width))) return Damaged("fewer values");
      PGATTIC_ASSIGN_OR_RETURN(const bool more, on_value(*present != 0 ? &value : nullptr));
      if (!more) return Status::Ok();
    }
  }
  return count > 0 ? Damaged("fewer rows") : Status::Ok();
}

Result<std::vector<std::optional<std::string>>> PointColumn::Texts(std::int64_t skip,
                                                                   std::int64_t count) const {
  std::vector<std::optional<std::string>> texts;
  PGATTIC_RETURN_IF_ERROR(VisitCodec(column_, [&](auto codec) {
    return Walk(codec, skip, count, [&](const auto* value) -> Result<bool> {
      std::optional<std::string>& text = texts.emplace_back();
      if (value != nullptr && !codec.ToText(*value, text.emplace())) {
        return Damaged("a value that its type cannot");
      }
      return true;
    });
  }));
  return texts;
}

Status PointColumn::VisitKeys(const std::function<bool(const IdKey& key)>& on_key) const {
  std::int64_t rows = 0;
  for (const PageBytes& page : pages_) rows += page.rows;
  IdKey key;
  return VisitCodec(column_, [&](auto codec) {
    return Walk(codec, 0, rows, [&](const auto* value) -> Result<bool> {
      if (value == nullptr) return Damaged("a NULL id");
      AssignPlainKey(*value, key);
      return on_key(key);
    });
  });
}

}  // namespace pgattic::columnar
