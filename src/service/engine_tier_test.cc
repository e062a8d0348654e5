#include "service/engine_tier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/metadata.h"
#include "model/object_keys.h"
#include "model/test_archives.h"
#include "store/memory_object_store.h"

namespace pgattic::service {
namespace {

using lookup::EngineTable;
using ::testing::HasSubstr;

model::Metadata Month(int month, std::vector<model::Column> more = {}) {
  std::vector<model::Column> columns = {
      {"created_at", {1184, -1, "timestamptz"}, false, model::Transport::kTimestampTz},
      model::Text("gid")};
  columns.insert(columns.end(), more.begin(), more.end());
  model::Metadata metadata = model::ArchiveOf(2024, month, std::move(columns));
  metadata.id_column = "gid";
  metadata.partition_column = "created_at";
  metadata.archived_at = "2024-06-01T00:00:00Z";
  return metadata;
}

void Keep(store::ObjectStore& store, const model::Metadata& metadata) {
  const std::string key = model::ObjectKeys(metadata.source, metadata.bounds, true).Metadata();
  const auto put = store.Put({}, key, AsBytes(model::SerializeMetadata(metadata)), {});
  ASSERT_TRUE(put.ok()) << put.status().ToString();
}

class EngineTierTest : public ::testing::Test {
 protected:
  Result<EngineTable> Ask(const model::Metadata& metadata) {
    if (!catalog_) catalog_ = MakeEngineCatalog({archive_, &copy_}, false);
    return catalog_->TableOf({}, metadata.parts.front());
  }

  store::MemoryObjectStore archive_;
  store::MemoryObjectStore copy_;
  std::unique_ptr<lookup::EngineCatalog> catalog_;
};

TEST_F(EngineTierTest, NamesAPartAsTheDefinitionDoes) {
  Keep(archive_, Month(2));
  const Result<EngineTable> table = Ask(Month(2));
  ASSERT_TRUE(table.ok()) << table.status().ToString();
  EXPECT_EQ(table->from, "\"past_games_files\"");
  EXPECT_EQ(table->path_column, "\"$path\"");
  EXPECT_EQ(table->path, archive_.Describe() + "/" + Month(2).parts.front().key);
  EXPECT_EQ(table->year_column, "\"year\"");
  EXPECT_EQ(table->year, 2024);
  EXPECT_EQ(table->month, 2);
  EXPECT_EQ(table->schema.id().name, "gid");
  EXPECT_EQ(table->time_column, "created_at");
  EXPECT_TRUE(table->pads_fractions);
}

TEST_F(EngineTierTest, AColumnOfThatNameMovesTheYear) {
  const model::Column year = {"year", {23, -1, "integer"}, true, model::Transport::kInt32};
  Keep(archive_, Month(2));
  Keep(archive_, Month(3, {year}));
  const Result<EngineTable> table = Ask(Month(2));
  ASSERT_TRUE(table.ok()) << table.status().ToString();
  EXPECT_EQ(table->year_column, "\"archive_year\"");
  EXPECT_EQ(table->month_column, "\"month\"");
}

TEST_F(EngineTierTest, APartWhoseColumnWasWidenedIsLeftAlone) {
  Keep(archive_, Month(2, {{"n", {23, -1, "integer"}, true, model::Transport::kInt32}}));
  Keep(archive_, Month(3, {{"n", {20, -1, "bigint"}, true, model::Transport::kInt64}}));
  const Result<EngineTable> narrow = Ask(Month(2));
  EXPECT_TRUE(narrow.Is(Code::kUnsupported));
  EXPECT_THAT(narrow.status().ToString(), HasSubstr("column n"));
  EXPECT_TRUE(Ask(Month(3)).ok());
}

TEST_F(EngineTierTest, WhatWasReadOnceIsKnownWithoutTheStores) {
  Keep(archive_, Month(2));
  ASSERT_TRUE(Ask(Month(2)).ok());
  const std::string key = model::ObjectKeys(Month(2).source, Month(2).bounds, true).Metadata();
  const auto info = archive_.Head({}, key, "");
  ASSERT_TRUE(info.ok());
  store::DeleteOptions options;
  options.if_match = info->etag;
  ASSERT_TRUE(archive_.Delete({}, key, options).ok());
  EXPECT_TRUE(Ask(Month(2)).ok());
  const Result<EngineTable> unknown = Ask(Month(3));
  EXPECT_TRUE(unknown.Is(Code::kUnavailable)) << unknown.status().ToString();
  // What is published later is found.
  Keep(archive_, Month(3));
  EXPECT_TRUE(Ask(Month(3)).ok());
  EXPECT_TRUE(Ask(Month(2)).ok());
}

TEST(EngineTierOf, AConfigurationWithoutAnEngineHasNone) {
  store::MemoryObjectStore archive;
  Config config;
  const auto none = OpenEngineTier(config, {archive}, false);
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->engine, nullptr);
  EXPECT_EQ(none->catalog, nullptr);
  config.engine.trino.url = "http://127.0.0.1:1";
  config.engine.trino.schema = "s";
  const auto trino = OpenEngineTier(config, {archive}, false);
  ASSERT_TRUE(trino.ok()) << trino.status().ToString();
  ASSERT_NE(trino->engine, nullptr);
  EXPECT_NE(trino->catalog, nullptr);
  EXPECT_EQ(trino->engine->name(), "trino");
  config.lookup.tiers = {lookup::Tier::kArchive};
  const auto unwanted = OpenEngineTier(config, {archive}, false);
  ASSERT_TRUE(unwanted.ok());
  EXPECT_EQ(unwanted->engine, nullptr);
}

}  // namespace
}  // namespace pgattic::service
