// Any text as an instant and as bounds: an error, or what prints and parses as itself.
#include "base/check.h"
#include "model/bounds.h"
#include "tests/fuzz/fuzz_target.h"

namespace pgattic::fuzz {

std::vector<std::string> Seeds() {
  return {"2024-01-15",
          "2024-01-15T10:30:00Z",
          "2024-01-15 24:00:60.123456+05:30",
          "0001-01-01 00:00:00-15:59",
          "32767-12-31 23:59:59.999999",
          "FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
          "FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('32767-02-01 00:00:00-15')"};
}

}  // namespace pgattic::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace model = pgattic::model;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto instant = model::ParseInstant(text); instant.ok()) {
    const auto again = model::ParseInstant(model::FormatInstant(*instant));
    PGATTIC_CHECK(again.ok() && *again == *instant, "an instant comes back as another");
  }
  if (const auto bounds = model::ParseBounds(text); bounds.ok()) {
    const model::YearMonth month = model::MonthOf(*bounds);
    PGATTIC_CHECK(month.month >= 1 && month.month <= 12, "no such month");
    if (model::IsOneMonth(*bounds)) {
      PGATTIC_CHECK(bounds->from_us < bounds->to_us, "a month of no length");
    }
  }
  return 0;
}
