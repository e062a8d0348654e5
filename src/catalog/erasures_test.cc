#include "catalog/erasures.h"

#include <gtest/gtest.h>

#include "catalog/journal_schema.h"
#include "sandbox/postgres_cluster.h"

namespace pgattic::catalog {
namespace {

class Erasures : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_ = sandbox::PostgresCluster::Start(ctx_, {}).value();
    connection_ = pg::Connection::Open(ctx_, {cluster_->Url(), "test"}).value();
    ASSERT_TRUE(InstallJournal(ctx_, *connection_, false).ok());
  }
  std::string One(const std::string& sql) {
    const auto row = connection_->Exec(ctx_, sql);
    return row.ok() ? row->Text(0, 0) : row.error().ToString();
  }

  OpContext ctx_;
  std::unique_ptr<sandbox::PostgresCluster> cluster_;
  std::unique_ptr<pg::Connection> connection_;
  const model::SourceId source_{"db", "public", "games"};
};

TEST_F(Erasures, AnIdOnTheListIsKnownByItsKeyedHashAlone) {
  const ErasureList before = LoadErasures(ctx_, *connection_, source_).value();
  EXPECT_TRUE(before.empty());
  const std::string hash = before.HashOf("secret-id");
  EXPECT_EQ(hash.size(), 64U);
  ASSERT_TRUE(BeginErasure(ctx_, *connection_, source_, {hash}).ok());
  const ErasureList after = LoadErasures(ctx_, *connection_, source_).value();
  EXPECT_TRUE(after.Contains("secret-id"));
  EXPECT_FALSE(after.Contains("other"));
  EXPECT_FALSE(
      LoadErasures(ctx_, *connection_, {"db", "public", "t"}).value().Contains("secret-id"));
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.erasure e WHERE e::text LIKE '%secret-id%'"), "0");
  const ErasureList some = LoadErasuresOf(ctx_, *connection_, source_, {"x", "secret-id"}).value();
  EXPECT_TRUE(some.Contains("secret-id"));
  EXPECT_FALSE(some.Contains("x"));
}

TEST_F(Erasures, ARequestEndsWithTheOnesBeforeItThatAskedForTheSame) {
  const std::int64_t killed = BeginErasure(ctx_, *connection_, source_, {"a"}).value();
  const std::int64_t other = BeginErasure(ctx_, *connection_, source_, {"b"}).value();
  const std::int64_t again = BeginErasure(ctx_, *connection_, source_, {"a", "c"}).value();
  ASSERT_TRUE(NoteErased(ctx_, *connection_, again, 1, 2, "games_2024_01").ok());
  ASSERT_TRUE(NoteErased(ctx_, *connection_, again, 1, 0, "games_2024_01").ok());
  ASSERT_TRUE(FinishErasure(ctx_, *connection_, source_, again, {"a", "c"}).ok());
  const auto requests = ListErasures(ctx_, *connection_, source_).value();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].id, again);
  EXPECT_EQ(requests[0].table_rows, 2);
  EXPECT_EQ(requests[0].archived_rows, 2);
  EXPECT_EQ(requests[0].archives, std::vector<std::string>{"games_2024_01"});
  EXPECT_NE(requests[0].finished_at, "");
  EXPECT_EQ(requests[1].id, other);
  EXPECT_EQ(requests[1].finished_at, "");
  EXPECT_EQ(requests[2].id, killed);
  EXPECT_NE(requests[2].finished_at, "");
}

}  // namespace
}  // namespace pgattic::catalog
