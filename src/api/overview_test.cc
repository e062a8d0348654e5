#include "api/overview.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/overview_json.h"
#include "catalog/test_progress.h"

namespace pgattic::api {
namespace {

constexpr std::int64_t kMonthUs = std::int64_t{30} * 24 * 3600 * 1'000'000;

model::Bounds BoundsOf(int month) {
  model::Bounds bounds;
  bounds.from_us = month * kMonthUs;
  bounds.to_us = (month + 1) * kMonthUs;
  return bounds;
}

catalog::Partition PartitionOf(int month, std::int64_t rows) {
  catalog::Partition partition;
  partition.name = {"public", "p" + std::to_string(month)};
  partition.bounds = BoundsOf(month);
  partition.rows = rows;
  partition.is_empty = rows == 0;
  partition.bytes = 8192;
  return partition;
}

catalog::ArchiveOverview ArchiveOf(int month, model::Phase phase) {
  catalog::ArchiveOverview archive;
  archive.record.source = {"db", "public", "t"};
  archive.record.partition = "p" + std::to_string(month);
  archive.record.bounds = BoundsOf(month);
  archive.record.state.phase = phase;
  archive.record.relation_bytes = 1000;
  archive.record.former_bytes = 50;
  archive.parts.resize(2);
  archive.parts[0].rows = 3;
  archive.parts[1].rows = 4;
  return archive;
}

class MonthsOfTest : public ::testing::Test {
 protected:
  MonthsOfTest() { source_.id = {"db", "public", "t"}; }
  catalog::SourceTable source_;
};

TEST_F(MonthsOfTest, AreOldestFirstAndHaveAPhaseWhereThereIsAnArchive) {
  const auto months = MonthsOf(source_, {PartitionOf(3, 10), PartitionOf(2, 0)},
                               {ArchiveOf(1, model::Phase::kArchived)}, {});
  ASSERT_EQ(months.size(), 3U);
  EXPECT_EQ(months[0].phase, model::Phase::kArchived);
  EXPECT_EQ(months[0].archive_rows, 7);
  EXPECT_FALSE(months[1].phase);
  EXPECT_EQ(months[1].database_rows, 0);
  EXPECT_EQ(months[2].database_rows, 10);
  EXPECT_EQ(months[2].partition, "p3");
}

TEST_F(MonthsOfTest, JoinALatePartitionWithItsArchive) {
  catalog::Partition late = PartitionOf(1, 2);
  late.name.name = "p1_late";
  const auto months = MonthsOf(source_, {late}, {ArchiveOf(1, model::Phase::kDetached)}, {});
  ASSERT_EQ(months.size(), 1U);
  EXPECT_EQ(months[0].partition, "p1");
  EXPECT_EQ(months[0].database_rows, 2);
}

TEST_F(MonthsOfTest, LeaveOtherSourcesAndOddBoundsOut) {
  auto other = ArchiveOf(1, model::Phase::kArchived);
  other.record.source.table = "other";
  catalog::Partition odd = PartitionOf(5, 1);
  odd.unsupported_bounds = "FOR VALUES FROM (MINVALUE) TO (1)";
  EXPECT_TRUE(MonthsOf(source_, {odd}, {other}, {}).empty());
}

TEST_F(MonthsOfTest, HaveFreedWhatWasDroppedAlone) {
  EXPECT_EQ(catalog::FreedBytes(ArchiveOf(1, model::Phase::kArchived).record), 1050);
  EXPECT_EQ(catalog::FreedBytes(ArchiveOf(1, model::Phase::kDetached).record), 50);
}

TEST_F(MonthsOfTest, TellHowFarTheRunOfTheirArchiveIs) {
  auto archive = ArchiveOf(1, model::Phase::kExporting);
  archive.record.id = 7;
  Picture picture;
  picture.months =
      MonthsOf(source_, {PartitionOf(2, 10)}, {archive}, {{7, catalog::testing::SomeProgress()}});
  const auto months = nlohmann::json::parse(ToJson(picture, {}, {}, {}))["months"];
  EXPECT_EQ(months[0]["run"],
            nlohmann::json::parse(R"({"at_work": true, "in_step_seconds": 660, "left_seconds": 1140,
                                      "parts_done": 3, "parts": 7, "rows_done": 300})"));
  EXPECT_TRUE(months[1]["run"].is_null());
}

}  // namespace
}  // namespace pgattic::api
