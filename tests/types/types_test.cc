// Every type of PostgreSQL, from a table to Parquet and back, by random tables.
//
// PGATTIC_SEEDS is the number of random tables (60), PGATTIC_SEED the first one's seed (1).
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "tests/types/outside_readers.h"
#include "tests/types/round_trip.h"

namespace pgattic::test {
namespace {

constexpr std::uint64_t kSeeds = 60;
constexpr std::size_t kBatch = 50;
constexpr int kKindsInATable = 10;

std::uint64_t Number(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return otherwise;
  std::uint64_t number = otherwise;
  std::from_chars(value, value + std::strlen(value), number);
  return number;
}

class Types : public ::testing::Test {
 protected:
  static RoundTrip& Trip() {
    static const std::unique_ptr<RoundTrip> trip = [] {
      auto started = RoundTrip::Start();
      PGATTIC_CHECK(started.ok(), started.error().ToString());
      return std::move(*started);
    }();
    return *trip;
  }

  /// Checks the table with our readers alone and hands its part to the others.
  Status CheckOurs(const RandomTable& table) {
    ArchivedTable archived;
    PGATTIC_RETURN_IF_ERROR(Trip().Check(table, archived));
    return outside_.Add(table.parent.name, archived);
  }

  /// Checks the table with every reader.
  Status CheckAll(const RandomTable& table) {
    PGATTIC_RETURN_IF_ERROR(CheckOurs(table));
    PGATTIC_ASSIGN_OR_RETURN(const OutsideReaders::Report report, outside_.Read());
    if (report.wrong.empty()) return Status::Ok();
    return {Code::kCorruption, report.wrong.begin()->second};
  }

  /// Says which columns fail by themselves.
  void Explain(const RandomTable& table, const std::string& what) {
    std::string text = what + "\n" + table.Describe() + "\nby themselves these fail:";
    for (std::size_t i = RandomTable::kFixedColumns; i < table.columns.size(); ++i) {
      const RandomTable one = table.Only(i);
      const Status status = CheckAll(one);
      Drop(one);
      if (!status.ok()) text += "\n  " + one.Describe() + "\n  " + status.ToString();
    }
    ADD_FAILURE() << text;
  }

  void Drop(const RandomTable& table) {
    const Status dropped = Trip().Drop(table);  // not there when it could not be made
  }

  /// Checks the tables, in batches; each is looked at column by column if it fails.
  void CheckTables(const std::vector<RandomTable>& tables) {
    std::map<std::string, const RandomTable*> waiting;
    for (const RandomTable& table : tables) {
      const Status status = CheckOurs(table);
      if (status.ok()) {
        waiting[table.parent.name] = &table;
      } else {
        Drop(table);
        Explain(table, status.ToString());
      }
      if (waiting.size() == kBatch) ReadOutside(waiting);
    }
    ReadOutside(waiting);
  }

  void ReadOutside(std::map<std::string, const RandomTable*>& waiting) {
    if (waiting.empty()) return;
    const auto report = outside_.Read();
    ASSERT_TRUE(report.ok()) << report.error().ToString();
    compared_ += report->columns;
    for (const auto& [name, table] : waiting) Drop(*table);
    for (const auto& [name, what] : report->wrong) Explain(*waiting.at(name), what);
    waiting.clear();
  }

  OutsideReaders outside_{Trip()};
  std::int64_t compared_ = 0;  ///< Columns that other readers compared.
};

TEST_F(Types, EveryKindComesBackAsPostgresqlHasIt) {
  const int count = ScalarKindCount(Trip().connection().server_version());
  std::vector<RandomTable> tables;
  std::vector<ColumnKind> kinds;
  std::uint64_t seed = 1'000'000;
  for (int kind = 0; kind < count; ++kind) {
    for (int variant = 0; variant < 4; ++variant) {
      sandbox::Random random(sandbox::MixSeed(
          {seed, static_cast<std::uint64_t>(kind), static_cast<std::uint64_t>(variant)}));
      ColumnKind made = ScalarKind(kind, random);
      kinds.push_back(variant == 3 ? ArrayOf(std::move(made)) : std::move(made));
    }
    if (static_cast<int>(kinds.size()) < kKindsInATable) continue;
    tables.push_back(RandomTable::Of(seed++, kinds, 25));
    kinds.clear();
  }
  if (!kinds.empty()) tables.push_back(RandomTable::Of(seed, kinds, 25));
  CheckTables(tables);
  EXPECT_GT(compared_, 3 * count);
}

TEST_F(Types, RandomTablesComeBackAsPostgresqlHasThem) {
  const int version = Trip().connection().server_version();
  const std::uint64_t first = Number("PGATTIC_SEED", 1);
  std::vector<RandomTable> tables;
  for (std::uint64_t i = 0; i < Number("PGATTIC_SEEDS", kSeeds); ++i) {
    tables.push_back(RandomTable::Make(first + i, version));
  }
  CheckTables(tables);
  RecordProperty("columns_compared", std::to_string(compared_));
}

/// A table with one further column, of these values.
RandomTable ByHand(std::uint64_t number, const std::string& type,
                   const std::vector<std::string>& values) {
  const auto rows = static_cast<int>(values.size());
  RandomTable table = RandomTable::Of(number, {{type, [](auto&) { return "NULL"; }}}, rows);
  table.columns.resize(RandomTable::kFixedColumns + 1);
  table.columns.back().constraint.clear();
  table.columns.back().values = values;
  return table;
}

TEST_F(Types, CharsThatAreNoTextAreEscapedOnEveryVersion) {
  const RandomTable table = ByHand(2'000'001, "\"char\"", {"'a'", "'b'", "'\\'", "NULL"});
  const Status created = Trip().Create(table);
  ASSERT_TRUE(created.ok()) << created.ToString();
  const auto set = Trip().connection().Exec(
      OpContext(), "UPDATE " + table.parent.Quoted() + " SET " +
                       pg::Identifier(table.columns.back().name).Quoted() + " = (-61)::\"char\"" +
                       " WHERE " + pg::Identifier(table.columns[2].name).Quoted() + " = 1");
  ASSERT_TRUE(set.ok()) << set.error().ToString();
  Result<ArchivedTable> archived = Trip().Archive(table);
  ASSERT_TRUE(archived.ok()) << archived.error().ToString();
  for (columnar::Row& row : archived->rows) {
    for (auto& text : row) {
      if (text == "\xc3") text = "\\303";
    }
  }
  const Status whole = Trip().CompareWhole(*archived);
  EXPECT_TRUE(whole.ok()) << whole.ToString();
  const Status asked = Trip().CompareWithRowsById(*archived);
  EXPECT_TRUE(asked.ok()) << asked.ToString();
  Drop(table);
}

TEST_F(Types, ANotNullThatIsNotValidatedMayHoldNulls) {
  if (Trip().connection().server_version() < 180'000) {
    GTEST_SKIP() << "NOT NULL … NOT VALID came with PostgreSQL 18";
  }
  const RandomTable table = ByHand(2'000'002, "integer", {"1", "NULL", "3"});
  const Status created = Trip().Create(table);
  ASSERT_TRUE(created.ok()) << created.ToString();
  const auto altered = Trip().connection().Exec(
      OpContext(), "ALTER TABLE " + table.parent.Quoted() + " ADD CONSTRAINT later NOT NULL " +
                       pg::Identifier(table.columns.back().name).Quoted() + " NOT VALID");
  ASSERT_TRUE(altered.ok()) << altered.error().ToString();
  const Result<ArchivedTable> archived = Trip().Archive(table);
  ASSERT_TRUE(archived.ok()) << archived.error().ToString();
  const Status whole = Trip().CompareWhole(*archived);
  EXPECT_TRUE(whole.ok()) << whole.ToString();
  Drop(table);
}

TEST_F(Types, AsManyColumnsAsATableMayHaveComeBack) {
  sandbox::Random random(9);
  std::vector<ColumnKind> kinds;
  for (int i = 0; i < 1500; ++i) kinds.push_back(ScalarKind(i % 2 + 1, random));  // smallint, int
  CheckTables({RandomTable::Of(2'000'003, kinds, 5)});
}

TEST_F(Types, EveryReaderNoticesAnotherValue) {
  sandbox::Random random(7);
  const RandomTable table = RandomTable::Of(2'000'000, {ScalarKind(2, random)}, 30);
  ArchivedTable archived;
  const Status checked = Trip().Check(table, archived);
  ASSERT_TRUE(checked.ok()) << checked.ToString();
  constexpr std::size_t kNumber = 2;  // the running number
  for (std::size_t i = 0; i < archived.schema.columns.size(); ++i) {
    if (archived.schema.columns[i].name != table.columns[kNumber].name) continue;
    for (columnar::Row& row : archived.rows) row[i] = "1" + *row[i];
  }
  EXPECT_EQ(Trip().CompareWhole(archived).code(), Code::kCorruption);
  EXPECT_EQ(Trip().ComparePointReads(archived).code(), Code::kCorruption);
  EXPECT_EQ(Trip().CompareWithRowsById(archived).code(), Code::kCorruption);
  EXPECT_EQ(Trip().CompareReloaded(archived).code(), Code::kCorruption);
  const Status added = outside_.Add("changed", archived);
  ASSERT_TRUE(added.ok()) << added.ToString();
  const auto report = outside_.Read();
  ASSERT_TRUE(report.ok()) << report.error().ToString();
  ASSERT_TRUE(report->wrong.contains("changed"));
  EXPECT_NE(report->wrong.at("changed").find("pyarrow"), std::string::npos);
  EXPECT_NE(report->wrong.at("changed").find("duckdb"), std::string::npos);
  Drop(table);
}

}  // namespace
}  // namespace pgattic::test
