// Any text as metadata: Corruption, or metadata that comes back the same when written.
#include "base/check.h"
#include "model/metadata.h"
#include "tests/fuzz/fuzz_target.h"

namespace pgattic::fuzz {

std::vector<std::string> Seeds() {
  model::Metadata metadata;
  metadata.source = {"woogles", "public", "past_games"};
  metadata.partition_name = "past_games_2024_01";
  metadata.partition_column = "created_at";
  metadata.id_column = "gid";
  metadata.bounds = model::ParseBounds("FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')").value();
  metadata.archived_at = "2024-06-01T00:00:00Z";
  std::vector<std::string> seeds = {SerializeMetadata(metadata)};
  metadata.columns = {{"gid", {25, -1, "text"}, false, model::Transport::kString},
                      {"n", {1700, 655366, "numeric(10,2)"}, true, model::Transport::kDecimal}};
  model::PartRecord part;
  part.key = "partitions/year=2024/month=01/a.parquet";
  part.rows = 100;
  part.bytes = 5000;
  part.raw_bytes = 10000;
  part.digest.rows = 100;
  metadata.parts = {part, part};
  metadata.generation = 2;
  seeds.push_back(SerializeMetadata(metadata));
  return seeds;
}

}  // namespace pgattic::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = pgattic::model::ParseMetadata({reinterpret_cast<const char*>(data), size});
  if (!parsed.ok()) return 0;
  const std::string written = SerializeMetadata(*parsed);
  const auto again = pgattic::model::ParseMetadata(written);
  PGATTIC_CHECK(again.ok(), again.ok() ? "" : again.error().ToString());
  PGATTIC_CHECK(SerializeMetadata(*again) == written, "metadata changes when written");
  return 0;
}
