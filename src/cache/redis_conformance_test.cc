#include "cache/conformance_suite.h"
#include "cache/redis_cache.h"
#include "cache/redis_server_fixture.h"

namespace pgattic::cache {
namespace {

class UnixFixture final : public CacheFixture {
 public:
  UnixFixture() : cache_(SystemClock(), PatientOptions(server_.endpoint())) {}
  RowCache& cache() override { return cache_; }

 private:
  RedisServer server_;
  RedisCache cache_;
};

class TcpFixture final : public CacheFixture {
 public:
  RowCache& cache() override { return cache_; }

 private:
  const std::uint16_t port_ = FreePort();
  RedisServer server_{
      {"--port", std::to_string(port_), "--bind", "127.0.0.1", "--requirepass", "pw"}};
  RedisCache cache_{
      SystemClock(),
      PatientOptions(
          {.host = "127.0.0.1", .port = port_, .password = Secret("pw"), .database = 3})};
};

INSTANTIATE_TEST_SUITE_P(
    Redis, RowCacheConformance,
    testing::Values(CacheCase{"UnixSocket", [] { return std::make_unique<UnixFixture>(); }},
                    CacheCase{"TcpWithPassword", [] { return std::make_unique<TcpFixture>(); }}),
    CacheCaseName);

}  // namespace
}  // namespace pgattic::cache
