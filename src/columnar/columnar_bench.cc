// How fast parts are written, read back and looked up. Bytes are those of the COPY stream.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "columnar/part_reader.h"
#include "columnar/part_writer.h"
#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

using testing::Big;
using testing::CopyStream;
using testing::MakeColumn;
using testing::MakeSchema;
using testing::Part;
using testing::Text;

constexpr int kWideRows = 4000;
constexpr int kNarrowRows = 400'000;

class Random {
 public:
  std::uint64_t Next() {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return state_;
  }

 private:
  std::uint64_t state_ = 88172645463325252U;
};

std::string IdOf(int number) {
  const std::string digits = std::to_string(number);
  return "game" + std::string(18 - digits.size(), '0') + digits;
}

// A game's history as JSON of about 11 KB: the same keys again and again, other values.
std::string History(Random& random) {
  std::string json = R"({"uid":")" + std::to_string(random.Next()) + R"(","events":[)";
  while (json.size() < 11'000) {
    std::string rack;
    for (int i = 0; i < 7; ++i) rack.push_back(static_cast<char>('A' + random.Next() % 26));
    json += R"({"note":"","rack":")" + rack + R"(","type":"TILE_PLACEMENT_MOVE","cumulative":)" +
            std::to_string(random.Next() % 500) + R"(,"row":)" +
            std::to_string(random.Next() % 15) + R"(,"column":)" +
            std::to_string(random.Next() % 15) + R"(,"position":"H8","played_tiles":")" +
            rack.substr(0, 2 + random.Next() % 5) + R"(","millis_remaining":)" +
            std::to_string(random.Next() % 1'500'000) + "},";
  }
  json.back() = ']';
  return json + "}";
}

model::TableSchema WideSchema() {
  return MakeSchema({MakeColumn("gid", 25, -1, false), MakeColumn("created_at", 1184),
                     MakeColumn("winner", 21), MakeColumn("timers", 114),
                     MakeColumn("history", 114)});
}

const std::string& WideStream() {
  static const std::string stream = [] {
    CopyStream copy;
    Random random;
    for (int i = 0; i < kWideRows; ++i) {
      copy.Add({Text(IdOf(i)), Big(std::int64_t{757'382'400'000'000} + i * 1'000'003LL),
                Big(static_cast<std::int16_t>(i % 3)), Text(R"({"lu":1,"mo":2,"tr":[1,2]})"),
                Text(History(random))});
    }
    return copy.End().bytes();
  }();
  return stream;
}

model::TableSchema NarrowSchema() {
  return MakeSchema({MakeColumn("id", 20, -1, false), MakeColumn("player", 23),
                     MakeColumn("score", 701), MakeColumn("at", 1184), MakeColumn("won", 16),
                     MakeColumn("name", 25)});
}

const std::string& NarrowStream() {
  static const std::string stream = [] {
    CopyStream copy;
    Random random;
    for (int i = 0; i < kNarrowRows; ++i) {
      copy.Add({Big(std::int64_t{i}), Big(static_cast<std::int32_t>(random.Next() % 100'000)),
                Big(static_cast<std::int64_t>(0x4059000000000000 + random.Next() % 1000)),
                Big(std::int64_t{757'382'400'000'000} + i), testing::Field(std::string(1, '\1')),
                Text("player" + std::to_string(random.Next() % 1000))});
    }
    return copy.End().bytes();
  }();
  return stream;
}

class NullSink final : public ByteSink {
 public:
  Status Write(ByteView) override { return Status::Ok(); }
};

void Write(benchmark::State& state, const model::TableSchema& schema, const std::string& stream) {
  std::int64_t file_bytes = 0;
  for (auto _ : state) {
    NullSink sink;
    auto writer = PartWriter::Make(schema, {}, {}, sink);
    constexpr std::size_t kPiece = 64 << 10;
    for (std::size_t at = 0; at < stream.size(); at += kPiece) {
      if (!(*writer)->Append(AsBytes(std::string_view(stream).substr(at, kPiece))).ok()) {
        state.SkipWithError("append");
        return;
      }
    }
    file_bytes = (*writer)->Finish()->file_bytes;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
  state.counters["file_ratio"] =
      static_cast<double>(file_bytes) / static_cast<double>(stream.size());
}

void BM_WriteJsonRows(benchmark::State& state) { Write(state, WideSchema(), WideStream()); }
void BM_WriteNarrowRows(benchmark::State& state) { Write(state, NarrowSchema(), NarrowStream()); }

const Part& WidePart() {
  static const Part part = testing::WritePart(WideSchema(), WideStream()).value();
  return part;
}
const Part& NarrowPart() {
  static const Part part = testing::WritePart(NarrowSchema(), NarrowStream()).value();
  return part;
}

void ReadBackPart(benchmark::State& state, const Part& part, const std::string& stream) {
  const ReadRange read = testing::Reader(part.bytes);
  for (auto _ : state) {
    auto back = ReadPart(OpContext(), read, part.summary.file_bytes, {},
                         [](const Row&) { return Status::Ok(); });
    if (!back.ok() || !(back->digest == part.summary.digest)) state.SkipWithError("digest");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
}

void BM_ReadPartJsonRows(benchmark::State& state) { ReadBackPart(state, WidePart(), WideStream()); }
void BM_ReadPartNarrowRows(benchmark::State& state) {
  ReadBackPart(state, NarrowPart(), NarrowStream());
}

void PointRead(benchmark::State& state, const Part& part, int rows, std::string (*id_of)(int)) {
  const auto footer = testing::ParseFooter(part).value();
  Random random;
  for (auto _ : state) {
    const std::string id = id_of(static_cast<int>(random.Next() % static_cast<unsigned>(rows)));
    auto found = testing::FindRows(*footer, part.bytes, id);
    if (!found.ok() || found->size() != 1) state.SkipWithError("not found");
  }
}

// Both include the copy of the row group's bytes that stands for the GET.
void BM_PointReadJsonRows(benchmark::State& state) {
  PointRead(state, WidePart(), kWideRows, IdOf);
}
void BM_PointReadNarrowRows(benchmark::State& state) {
  PointRead(state, NarrowPart(), kNarrowRows, [](int id) { return std::to_string(id); });
}

void BM_ParseFooter(benchmark::State& state) {
  const Part& part = WidePart();
  std::int64_t memory = 0;
  for (auto _ : state) memory = testing::ParseFooter(part).value()->memory_bytes();
  state.counters["memory_bytes"] = static_cast<double>(memory);
  state.counters["footer_bytes"] = static_cast<double>(part.summary.footer_bytes);
}

BENCHMARK(BM_WriteJsonRows)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_WriteNarrowRows)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReadPartJsonRows)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReadPartNarrowRows)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_PointReadJsonRows)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_PointReadNarrowRows)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_ParseFooter)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pgattic::columnar
