#include "pg/pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "sandbox/postgres_cluster.h"

namespace pgattic::pg {
namespace {

class PoolTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = sandbox::PostgresCluster::Start(OpContext(), {}).value();
  }
  static void TearDownTestSuite() { cluster_.reset(); }
  static ConnectOptions Options() { return {cluster_->Url(), "pool"}; }
  static std::string PidOf(const Pool::Lease& lease) {
    return lease->Exec({}, "SELECT pg_backend_pid()").value().Text(0, 0);
  }
  static std::unique_ptr<sandbox::PostgresCluster> cluster_;
};
std::unique_ptr<sandbox::PostgresCluster> PoolTest::cluster_;

TEST_F(PoolTest, ASessionIsLentAgain) {
  Pool pool(Options(), 2);
  const std::string first = PidOf(pool.Acquire({}).value());
  EXPECT_EQ(PidOf(pool.Acquire({}).value()), first);
  EXPECT_EQ(pool.lent(), 0U);
}

TEST_F(PoolTest, AKeptStatementSurvivesWhateverTheServerForgets) {
  Pool pool(Options(), 1);
  const auto session = pool.Acquire({}).value();
  const auto ask = [&]() -> std::string {
    const auto rows = session->ExecKept({}, "SELECT * FROM public.kept WHERE id = $1", {"7"});
    if (!rows.ok()) return rows.status().ToString();
    std::string row;
    for (const auto& value : rows->Values(0, 0, 1)) row += value.value_or("null");
    return row;
  };
  EXPECT_NE(ask().find("does not exist"), std::string::npos);
  ASSERT_TRUE(
      session
          ->ExecScript({}, "CREATE TABLE public.kept (id int); INSERT INTO public.kept VALUES (7)")
          .ok());
  for (int i = 0; i < 8; ++i) EXPECT_EQ(ask(), "7");
  EXPECT_EQ(session->Exec({}, "SELECT count(*) FROM pg_prepared_statements")->Text(0, 0), "1");
  // Another type of the result, then none of the statements: as behind a pooler.
  ASSERT_TRUE(session->ExecScript({}, "ALTER TABLE public.kept ALTER id TYPE bigint").ok());
  EXPECT_EQ(ask(), "7");
  ASSERT_TRUE(session->ExecScript({}, "DEALLOCATE ALL").ok());
  EXPECT_EQ(ask(), "7");
  ASSERT_TRUE(session->ExecScript({}, "DROP TABLE public.kept").ok());
  EXPECT_NE(ask().find("does not exist"), std::string::npos);
  EXPECT_TRUE(session->is_idle());
}

TEST_F(PoolTest, NoMoreAreLentThanThereMayBe) {
  Pool pool(Options(), 1);
  std::optional<Pool::Lease> lease(pool.Acquire({}).value());
  const OpContext hurried = OpContext().WithDeadline(std::chrono::milliseconds(5));
  EXPECT_TRUE(pool.Acquire(hurried).Is(Code::kDeadlineExceeded));
  std::atomic<bool> got{false};
  std::jthread other([&] { got = pool.Acquire({}).ok(); });
  EXPECT_FALSE(got);
  lease.reset();
  other.join();
  EXPECT_TRUE(got);
}

TEST_F(PoolTest, ASessionThatTheServerEndedIsNotLentAgain) {
  Pool pool(Options(), 1);
  const std::string pid = PidOf(pool.Acquire({}).value());
  auto other = Connection::Open({}, Options()).value();
  ASSERT_TRUE(other->Exec({}, "SELECT pg_terminate_backend($1::int, 60000)", {pid}).ok());
  const auto lease = pool.Acquire({});
  ASSERT_TRUE(lease.ok());
  EXPECT_NE(PidOf(*lease), pid);
}

TEST_F(PoolTest, ASessionLeftWithinATransactionIsClosed) {
  Pool pool(Options(), 1);
  std::string pid;
  {
    const auto lease = pool.Acquire({});
    ASSERT_TRUE(lease.ok());
    pid = PidOf(*lease);
    ASSERT_TRUE((*lease)->Exec({}, "BEGIN").ok());
  }
  EXPECT_NE(PidOf(pool.Acquire({}).value()), pid);
}

TEST_F(PoolTest, AFailedConnectTakesNoPlace) {
  Pool pool({"postgresql://127.0.0.1:1/x", "pool"}, 1);
  EXPECT_TRUE(pool.Acquire({}).Is(Code::kUnavailable));
  EXPECT_TRUE(pool.Acquire({}).Is(Code::kUnavailable));
  EXPECT_EQ(pool.lent(), 0U);
}

}  // namespace
}  // namespace pgattic::pg
