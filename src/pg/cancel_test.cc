#include <gtest/gtest.h>

#include "base/no_threads_fixture.h"
#include "pg/pool.h"
#include "sandbox/postgres_cluster.h"

namespace pgattic::pg {
namespace {

TEST(CancelTest, WithoutAThreadToCancelAStatementItsCallEndsAllTheSame) {
  const auto cluster = sandbox::PostgresCluster::Start({}, {}).value();
  Pool pool({cluster->Url(), "test"}, 1);
  {
    const Pool::Lease lease = pool.Acquire({}).value();
    const NoMoreThreads none;
    const OpContext brief = OpContext().WithDeadline(std::chrono::milliseconds(100));
    EXPECT_EQ(lease->Exec(brief, "SELECT pg_sleep(600)").code(), Code::kDeadlineExceeded);
    EXPECT_FALSE(lease->is_idle());
  }
  const Pool::Lease next = pool.Acquire({}).value();
  EXPECT_TRUE(next->Exec({}, "SELECT 1").ok());
}

}  // namespace
}  // namespace pgattic::pg
