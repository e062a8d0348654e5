// Any bytes as an id filter, half of them with the checksum that belongs to them.
#include <string>

#include "base/check.h"
#include "base/hash.h"
#include "columnar/id_filter.h"
#include "columnar/wire.h"
#include "tests/fuzz/fuzz_target.h"

namespace pgattic::fuzz {

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (const std::int64_t ids : {1, 20, 200}) {
    columnar::IdFilter filter = columnar::IdFilter::Make(ids);
    for (std::int64_t id = 0; id < ids; ++id) filter.Insert(std::to_string(id));
    const std::string bytes = filter.Serialize();
    seeds.push_back("\1" + bytes);
    seeds.push_back(std::string(1, '\0') + bytes.substr(0, bytes.size() - 16));
  }
  return seeds;
}

}  // namespace pgattic::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using pgattic::columnar::IdFilter;
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 0) {
    const pgattic::Sum128 sum = pgattic::HashRow(pgattic::AsBytes(bytes));
    pgattic::columnar::AppendBig(sum.high, bytes);
    pgattic::columnar::AppendBig(sum.low, bytes);
  }
  auto filter = IdFilter::Parse(bytes);
  if (!filter.ok()) return 0;
  PGATTIC_CHECK(filter->Serialize() == bytes, "a filter comes back as other bytes");
  filter->Insert("an id");
  PGATTIC_CHECK(filter->MayContain("an id"), "an id is lost");
  return 0;
}
