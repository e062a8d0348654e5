// Any body as a page of Trino's: Unavailable, or a page whose rows are as wide as its columns.
#include "base/check.h"
#include "engine/trino_page.h"
#include "tests/fuzz/fuzz_target.h"

namespace pgattic::fuzz {

std::vector<std::string> Seeds() {
  return {
      R"json({"id":"q","nextUri":"http://t/1","stats":{"state":"RUNNING","progressPercentage":1.5,
            "physicalInputBytes":99},"columns":[{"name":"a","type":"bigint"},{"name":"b",
            "type":"array(varchar(3))"}],"data":[[1,["x",null]],[null,[]]]})json",
      R"({"id":"q","stats":{},"error":{"message":"m","errorName":"N","errorType":"USER_ERROR"}})",
      R"({"id":"q","stats":{}})"};
}

}  // namespace pgattic::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto page = pgattic::engine::ParseTrinoPage({reinterpret_cast<const char*>(data), size});
  if (!page.ok()) {
    PGATTIC_CHECK(page.code() == pgattic::Code::kUnavailable, page.error().ToString());
    return 0;
  }
  for (const auto& row : page->rows) {
    PGATTIC_CHECK(page->columns && row.size() == page->columns->size(), "a row of another width");
  }
  return 0;
}
