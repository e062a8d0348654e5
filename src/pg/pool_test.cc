#include "pg/pool.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/types.h>

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
    const auto rows = session->ExecKept({}, {"SELECT * FROM public.kept WHERE id = $1", {"7"}});
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
  EXPECT_EQ(session->Exec({}, "SELECT count(*) FROM pg_prepared_statements")->Text(0, 0), "0");
  EXPECT_EQ(ask(), "7");
  ASSERT_TRUE(session->ExecScript({}, "DEALLOCATE ALL").ok());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ask(), "7");
  EXPECT_EQ(session->Exec({}, "SELECT count(*) FROM pg_prepared_statements")->Text(0, 0), "1")
      << "prepared again";
  ASSERT_TRUE(session->ExecScript({}, "DROP TABLE public.kept").ok());
  EXPECT_NE(ask().find("does not exist"), std::string::npos);
  EXPECT_TRUE(session->is_idle());
}

TEST_F(PoolTest, StatementsOfOneRoundTripStandAlone) {
  const auto session = Connection::Open({}, Options()).value();
  ASSERT_TRUE(session->ExecScript({}, "CREATE TABLE public.seen (id int)").ok());
  const std::string xid =
      "SELECT pg_current_xact_id()::text, count(*) FROM public.seen WHERE id = ";
  for (int i = 0; i < 3; ++i) {
    const auto results = session->ExecKeptTogether(
        {}, {{xid + "$1", {"1"}},
             {"SELECT 1 / $1::int", {"0"}},
             {"INSERT INTO public.seen SELECT $1::int RETURNING id", {"2"}},
             {xid + "$1::int + $2::int", {"1", "1"}}});
    ASSERT_EQ(results.size(), 4U);
    ASSERT_TRUE(results[0].ok() && results[2].ok() && results[3].ok());
    EXPECT_EQ(results[1].code(), Code::kInvalidArgument);
    EXPECT_EQ(results[2]->Int(0, 0), 2);
    EXPECT_EQ(results[3]->Int(0, 1), i + 1) << "a snapshot behind the one before";
    EXPECT_LT(results[0]->Int(0, 0), results[3]->Int(0, 0)) << "another transaction";
    EXPECT_TRUE(session->is_idle());
  }
  // What the server forgot is an error of that statement alone, until it is kept again.
  ASSERT_TRUE(session->ExecScript({}, "DEALLOCATE ALL").ok());
  const auto results = session->ExecKeptTogether({}, {{xid + "$1", {"1"}}, {"SELECT 5", {}}});
  EXPECT_FALSE(results[0].ok());
  EXPECT_EQ(results[1]->Text(0, 0), "5");
  EXPECT_TRUE(session->ExecKept({}, {xid + "$1", {"1"}}).ok());
  const auto none = session->ExecKeptTogether({}, {{"SELECT 6", {}}, {"no statement", {}}});
  EXPECT_EQ(none.size(), 2U);
  EXPECT_FALSE(none[0].ok() || none[1].ok());
  EXPECT_TRUE(session->ExecScript({}, "DROP TABLE public.seen").ok());
}

TEST_F(PoolTest, ARoundTripThatIsCutShortEndsItsStatements) {
  Pool pool(Options(), 1);
  const auto observer = Connection::Open({}, Options()).value();
  std::string pid;
  {
    const auto session = pool.Acquire({}).value();
    pid = PidOf(session);
    const OpContext hurried = OpContext().WithDeadline(std::chrono::milliseconds(100));
    const std::vector<KeptStatement> statements = {
        {"SELECT 1", {}}, {"SELECT pg_sleep(60)::text", {}}, {"SELECT pg_sleep(60)::text, 2", {}}};
    const auto results = session->ExecKeptTogether(hurried, statements);
    ASSERT_TRUE(results[0].ok());
    EXPECT_EQ(results[1].code(), Code::kDeadlineExceeded);
    EXPECT_EQ(results[2].code(), Code::kDeadlineExceeded);
    EXPECT_EQ(observer
                  ->Exec({},
                         "SELECT count(*) FROM pg_stat_activity WHERE pid = $1::int AND "
                         "state = 'active'",
                         {pid})
                  ->Text(0, 0),
              "0");
    EXPECT_TRUE(session->is_idle());
  }
  EXPECT_EQ(PidOf(pool.Acquire({}).value()), pid);
  ASSERT_TRUE(observer->Exec({}, "SELECT pg_terminate_backend($1::int, 60000)", {pid}).ok());
}

TEST_F(PoolTest, ASessionWhoseServerDoesNotEndAStatementRunsNoOther) {
  const auto session = Connection::Open({}, Options()).value();
  const auto pid = session->Exec({}, "SELECT pg_backend_pid()")->Int(0, 0);
  std::jthread stopper;
  const auto observer = Connection::Open({}, Options()).value();
  const OpContext hurried = OpContext().WithDeadline(std::chrono::milliseconds(1500));
  stopper = std::jthread([&] {
    const std::string is_asleep =
        "SELECT count(*) FROM pg_stat_activity WHERE pid = " + std::to_string(pid) +
        " AND wait_event = 'PgSleep'";
    while (observer->Exec({}, is_asleep)->Int(0, 0) == 0) std::this_thread::yield();
    ::kill(static_cast<pid_t>(pid), SIGSTOP);
  });
  const auto results = session->ExecKeptTogether(
      hurried, {{"SELECT 'first'", {}}, {"SELECT 'late' FROM pg_sleep(60)", {}}});
  stopper.join();
  EXPECT_TRUE(results[0].ok());
  EXPECT_EQ(results[1].code(), Code::kDeadlineExceeded);
  EXPECT_FALSE(session->usable());
  EXPECT_EQ(session->Exec({}, "SELECT 'other'").code(), Code::kUnavailable);
  EXPECT_EQ(session->ExecKept({}, {"SELECT 'first'", {}}).code(), Code::kUnavailable);
  EXPECT_EQ(session->ExecScript({}, "SELECT 'other'").code(), Code::kUnavailable);
  ::kill(static_cast<pid_t>(pid), SIGCONT);
  ASSERT_TRUE(
      observer->Exec({}, "SELECT pg_terminate_backend($1::int, 60000)", {std::to_string(pid)})
          .ok());
}

TEST_F(PoolTest, AStatementHasTheSameNameInEverySession) {
  const auto first = Connection::Open({}, Options()).value();
  const auto second = Connection::Open({}, Options()).value();
  const std::string statement = "SELECT $1::int + 1";
  const std::string names = "SELECT string_agg(name, ',') FROM pg_prepared_statements";
  ASSERT_TRUE(first->ExecKept({}, {statement, {"1"}}).ok());
  const std::string name = first->Exec({}, names)->Text(0, 0);
  ASSERT_TRUE(second->ExecKept({}, {"SELECT 'another'", {}}).ok());
  EXPECT_NE(second->Exec({}, names)->Text(0, 0), name);
  // A pooler gave this session the server of another.
  ASSERT_TRUE(second->ExecScript({}, "PREPARE " + name + " AS " + statement).ok());
  EXPECT_EQ(second->ExecKept({}, {statement, {"1"}})->Text(0, 0), "2");
}

TEST_F(PoolTest, ALostSessionFailsAllThatIsLeft) {
  const auto session = Connection::Open({}, Options()).value();
  const auto results = session->ExecKeptTogether(
      {},
      {{"SELECT 1", {}}, {"SELECT pg_terminate_backend(pg_backend_pid())", {}}, {"SELECT 3", {}}});
  ASSERT_TRUE(results[0].ok());
  EXPECT_EQ(results[2].code(), Code::kUnavailable);
  EXPECT_FALSE(session->usable());
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
