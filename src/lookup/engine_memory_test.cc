// The tier "engine" over a real engine that has too little memory for its statement.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/duckdb_engine.h"
#include "lookup/engine_parts.h"
#include "lookup/tiered_parts.h"
#include "metrics/registry.h"
#include "model/test_archives.h"
#include "sandbox/scratch_folder.h"

namespace pgattic::lookup {
namespace {

constexpr std::int64_t kRows = 20'000;

/// The part is one Parquet file of two columns; its notes are 20 MB.
class OneFile final : public EngineCatalog {
 public:
  explicit OneFile(std::string path) : path_(std::move(path)) {}
  Result<EngineTable> TableOf(const OpContext& /*ctx*/,
                              const model::PartRecord& /*part*/) override {
    EngineTable table;
    table.from = "read_parquet('" + path_ + "', filename = true)";
    table.path_column = "filename";
    table.path = path_;
    table.year = 2024;
    table.month = 1;
    table.schema.columns = {model::Text("gid"), model::Text("note")};
    table.time_column = "created_at";
    return table;
  }

 private:
  const std::string path_;
};

/// Answers every id with one row.
class Answering final : public Parts {
 public:
  std::vector<std::string> MayHold(const OpContext& /*ctx*/, const model::PartRecord& /*part*/,
                                   const std::vector<std::string>& ids) override {
    return ids;
  }
  Result<RowsOfIds> Read(const OpContext& /*ctx*/, const model::PartRecord& /*part*/,
                         const std::vector<std::string>& ids) override {
    return RowsOfIds(ids.size(), std::vector<FoundRow>(1));
  }
};

class EngineMemory : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = sandbox::ScratchFolder::Make({});
    ASSERT_TRUE(folder.ok());
    folder_ = std::move(*folder);
    part_.rows = kRows;
    const auto writer = engine::DuckDbEngine::Open({}, {});
    ASSERT_TRUE(writer.ok());
    const Status written = (*writer)->Define(
        {},
        "COPY (SELECT 'g' || range AS gid, repeat(md5(range::varchar), 32) AS note, 2024 AS "
        "year, 1 AS month FROM range(" +
            std::to_string(kRows) + ")) TO '" + path() + "' (FORMAT parquet)");
    ASSERT_TRUE(written.ok()) << written.ToString();
  }
  std::string path() const { return folder_->path() + "/part.parquet"; }
  void Open(std::int64_t memory_bytes) {
    engine::DuckDbOptions options;
    options.threads = 1;
    options.memory_bytes = memory_bytes;
    auto opened = engine::DuckDbEngine::Open({}, options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    engine_ = std::move(*opened);
    catalog_ = std::make_unique<OneFile>(path());
    parts_ = std::make_unique<EngineParts>(*engine_, *catalog_, SystemClock(), EnginePartsOptions{},
                                           EngineParts::Watchers{&probe_, {}});
  }

  std::unique_ptr<sandbox::ScratchFolder> folder_;
  metrics::Registry registry_;
  metrics::EngineProbe probe_{registry_, metrics::Engine::kDuckdb};
  std::unique_ptr<engine::DuckDbEngine> engine_;
  std::unique_ptr<OneFile> catalog_;
  std::unique_ptr<EngineParts> parts_;
  model::PartRecord part_;
};

TEST_F(EngineMemory, TooLittleIsATypedError) {
  Open(4 << 20);
  for (const char* id : {"g7", "g19999"}) {
    const auto rows = parts_->Read({}, part_, {id});
    ASSERT_TRUE(rows.Is(Code::kResourceExhausted)) << rows.status().ToString();
    EXPECT_THAT(rows.status().ToString(), testing::HasSubstr("asking duckdb"));
  }
  EXPECT_THAT(registry_.Expose(), testing::HasSubstr("code=\"resource_exhausted\""));
  EXPECT_TRUE(parts_->Read({}, part_, {"g7"}).Is(Code::kResourceExhausted));
  EXPECT_TRUE(parts_->Read({}, part_, {"g7"}).Is(Code::kUnavailable)) << "left alone for a moment";
}

TEST_F(EngineMemory, TooLittleIsFallenBackFrom) {
  Open(4 << 20);
  Answering archive;
  TieredParts tiers({{Tier::kEngine, parts_.get()}, {Tier::kArchive, &archive}}, nullptr);
  const auto rows = tiers.Read({}, part_, {"g7"});
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  EXPECT_EQ(rows->at(0).at(0).tier, Tier::kArchive);
}

TEST_F(EngineMemory, EnoughAnswers) {
  Open(512 << 20);
  const auto rows = parts_->Read({}, part_, {"g7", "no-such"});
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  EXPECT_EQ(rows->at(0).size(), 1U);
  EXPECT_TRUE(rows->at(1).empty());
}

}  // namespace
}  // namespace pgattic::lookup
