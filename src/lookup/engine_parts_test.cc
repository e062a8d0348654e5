#include "lookup/engine_parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "lookup/tiered_parts.h"
#include "metrics/registry.h"

namespace pgattic::lookup {
namespace {

using Values = std::vector<engine::AnswerValue>;

/// Remembers what it is asked, and answers what the test says.
class FakeEngine final : public engine::QueryEngine {
 public:
  using Answer = std::function<Result<std::vector<Values>>(const engine::Query&)>;

  std::string_view name() const override { return "duckdb"; }
  Result<engine::QueryCost> Run(const OpContext& ctx, const engine::Query& query,
                                engine::AnswerSink& sink) override {
    queries.push_back(query);
    deadline = ctx.Remaining(std::chrono::hours(1));
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<Values> rows, answer(query));
    PGATTIC_RETURN_IF_ERROR(sink.Columns(std::vector<engine::AnswerColumn>(
        rows.empty() ? static_cast<std::size_t>(columns) : rows.front().size())));
    for (const Values& row : rows) PGATTIC_RETURN_IF_ERROR(sink.Row(row));
    engine::QueryCost cost;
    cost.bytes_scanned = 1000;
    return cost;
  }

  Answer answer;
  int columns = 3;
  std::vector<engine::Query> queries;
  std::chrono::milliseconds deadline{0};
};

class FakeCatalog final : public EngineCatalog {
 public:
  Result<EngineTable> TableOf(const OpContext& /*ctx*/, const model::PartRecord& part) override {
    EngineTable table;
    table.from = "\"archive\"";
    table.path_column = "\"$path\"";
    table.path = "s3://bucket/" + part.key;
    table.year = 2024;
    table.month = 1;
    model::Column id;
    id.name = "gid";
    id.transport = model::Transport::kString;
    model::Column at;
    at.name = "created_at";
    at.type.oid = 1184;
    at.transport = model::Transport::kTimestampTz;
    model::Column note;
    note.name = "a \"note\"";
    note.transport = model::Transport::kString;
    table.schema.columns = {id, at, note};
    table.time_column = "created_at";
    return table;
  }
};

bool IsCount(const engine::Query& query) { return query.sql.find("count(*)") != query.sql.npos; }

class EnginePartsTest : public ::testing::Test {
 protected:
  EnginePartsTest() {
    part_.key = "partitions/year=2024/month=01/games_2024_01.parquet";
    part_.rows = 40;
    engine_.answer = [this](const engine::Query& query) -> Result<std::vector<Values>> {
      if (IsCount(query)) return std::vector<Values>{{std::to_string(counted_)}};
      std::vector<Values> rows;
      for (const Values& row : stored_) {
        const auto& asked = query.parameters;
        if (std::find(asked.begin() + 3, asked.end(), row[0]) != asked.end()) rows.push_back(row);
      }
      return rows;
    };
  }
  Result<RowsOfIds> Read(const std::vector<std::string>& ids) {
    engine_.columns = 3;
    return parts_.Read(OpContext(), part_, ids);
  }

  metrics::Registry registry_;
  metrics::EngineProbe probe_{registry_, metrics::Engine::kDuckdb};
  FakeEngine engine_;
  FakeCatalog catalog_;
  EngineParts parts_{engine_, catalog_, SystemClock(), {.ids_a_statement = 2}, {&probe_, {}}};
  model::PartRecord part_;
  int counted_ = 40;
  std::vector<Values> stored_ = {{"a", "2024-01-15 10:30:00.500000 UTC", "x"},
                                 {"b", "2024-01-16 00:00:00.000000 UTC", std::nullopt},
                                 {"b", "2024-01-02 00:00:00.000000 UTC", "older"}};
};

TEST_F(EnginePartsTest, ARowIsTheSameAsFromAnyOtherTier) {
  const auto rows = Read({"a"});
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  ASSERT_EQ(rows->at(0).size(), 1U);
  const FoundRow& row = rows->at(0).at(0);
  EXPECT_EQ(row.json, R"({"gid": "a", "created_at": "2024-01-15T10:30:00.5Z", "a \"note\"": "x"})");
  EXPECT_EQ(row.created_at, "2024-01-15T10:30:00.5Z");
}

TEST_F(EnginePartsTest, OneMonthOfOneObjectIsReadAndEveryValueIsAParameter) {
  const std::string evil = "x' OR '1'='1";
  ASSERT_TRUE(Read({evil}).ok());
  const engine::Query& query = engine_.queries.at(0);
  EXPECT_NE(query.sql.find("FROM \"archive\" WHERE year = CAST(? AS integer) AND month = CAST(? AS "
                           "integer) AND \"$path\" = ? AND \"gid\" IN (?)"),
            query.sql.npos)
      << query.sql;
  EXPECT_EQ(query.sql.find("OR '1'"), query.sql.npos);
  EXPECT_EQ(query.parameters,
            (std::vector<engine::AnswerValue>{"2024", "1", "s3://bucket/" + part_.key, evil}));
  EXPECT_LE(engine_.deadline, std::chrono::seconds(30));
}

TEST_F(EnginePartsTest, ManyIdsGoInFewStatementsAndDuplicatesStandOldestFirst) {
  const auto rows = Read({"b", "none", "a", "b"});
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  ASSERT_EQ(rows->size(), 4U);
  ASSERT_EQ(rows->at(0).size(), 2U);
  EXPECT_EQ(rows->at(0).at(0).created_at, "2024-01-02T00:00:00Z");
  EXPECT_TRUE(rows->at(1).empty());
  EXPECT_EQ(rows->at(2).size(), 1U);
  EXPECT_EQ(rows->at(3).size(), 2U);
  // Three ids, two a statement, and one to see that the part is seen.
  EXPECT_EQ(engine_.queries.size(), 3U);
}

TEST_F(EnginePartsTest, NothingIsMissingInAPartThatTheEngineDoesNotSee) {
  counted_ = 0;
  const auto rows = Read({"none"});
  EXPECT_TRUE(rows.Is(Code::kUnavailable)) << rows.status().ToString();
  counted_ = 40;
  EXPECT_TRUE(Read({"none"}).ok());
}

TEST_F(EnginePartsTest, AValueThatIsNotExactMakesThePartUnavailable) {
  stored_ = {{"a", "2024-01-15 10:30:00 Europe/Berlin", "x"}};
  EXPECT_TRUE(Read({"a"}).Is(Code::kUnsupported));
}

TEST_F(EnginePartsTest, AnEngineThatKeepsFailingIsLeftAlone) {
  engine_.answer = [](const engine::Query&) -> Result<std::vector<Values>> {
    return {Code::kUnavailable, "the cluster is starting"};
  };
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Read({"a"}).Is(Code::kUnavailable));
  EXPECT_TRUE(Read({"a"}).Is(Code::kUnavailable));
  EXPECT_EQ(engine_.queries.size(), 3U);
  EXPECT_NE(registry_.Expose().find(
                "pgattic_engine_queries_total{code=\"unavailable\",engine=\"duckdb\"} 3"),
            std::string::npos);
}

TEST_F(EnginePartsTest, IsAskedInItsTurn) {
  class Broken final : public Parts {
   public:
    std::vector<std::string> MayHold(const OpContext&, const model::PartRecord&,
                                     const std::vector<std::string>& ids) override {
      return ids;
    }
    Result<RowsOfIds> Read(const OpContext&, const model::PartRecord&,
                           const std::vector<std::string>&) override {
      ++asked;
      return {Code::kUnavailable, "down"};
    }
    int asked = 0;
  };
  Broken broken;
  TieredParts last({{Tier::kArchive, &broken}, {Tier::kEngine, &parts_}}, nullptr);
  const auto rows = last.Read({}, part_, {"a"});
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  EXPECT_EQ(rows->at(0).at(0).tier, Tier::kEngine);
  EXPECT_EQ(broken.asked, 1);
  TieredParts first({{Tier::kEngine, &parts_}, {Tier::kArchive, &broken}}, nullptr);
  EXPECT_TRUE(first.Read({}, part_, {"a"}).ok());
  EXPECT_EQ(broken.asked, 1);
}

}  // namespace
}  // namespace pgattic::lookup
