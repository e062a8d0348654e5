// What RedisCache does with a Redis that is not well, and BestEffortCache on top of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cache/best_effort_cache.h"
#include "cache/redis_cache.h"
#include "cache/redis_server_fixture.h"

namespace pgattic::cache {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class RedisFailureTest : public testing::Test {
 protected:
  /// A cache whose back-off runs by clock_, which stands still.
  RedisCacheOptions Hasty(const RedisEndpoint& endpoint) {
    return {.pool = {.endpoint = endpoint, .first_back_off = milliseconds(100)},
            .budget = milliseconds(200)};
  }
  static std::string CodeOf(RedisCache& cache, const OpContext& ctx) {
    const auto got = cache.Get(ctx, "k");
    return got.ok() ? "ok" : std::string(TraitsOf(got.code()).name);
  }

  ManualClock clock_{WallTime(seconds(1'000'000))};
  OpContext ctx_;
};

TEST_F(RedisFailureTest, SaysUnavailableWhenNobodyListens) {
  RedisCache tcp(clock_, Hasty({.port = FreePort()}));
  const auto got = tcp.Get(ctx_, "k");
  ASSERT_TRUE(got.Is(Code::kUnavailable));
  EXPECT_THAT(got.error().message, HasSubstr("see that Redis runs"));
  RedisCache local(clock_, Hasty({.socket_path = "/nonexistent/redis.sock"}));
  EXPECT_EQ(CodeOf(local, ctx_), "Unavailable");
}

TEST_F(RedisFailureTest, GivesUpASilentPeerWithinItsBudget) {
  const TcpPeer silent;
  RedisCache cache(clock_, Hasty(silent.endpoint()));
  EXPECT_EQ(CodeOf(cache, ctx_), "DeadlineExceeded");
}

TEST_F(RedisFailureTest, DialsNoOftenerThanTheBackOffAllows) {
  const TcpPeer silent;
  silent.CountOnly();
  RedisCache cache(clock_, Hasty(silent.endpoint()));
  for (int i = 0; i < 20; ++i) cache.Get(ctx_, "k").status().ok();
  EXPECT_EQ(silent.CountDials(), 1);
  EXPECT_EQ(CodeOf(cache, ctx_), "Unavailable") << "left alone, at no cost";
  clock_.Advance(milliseconds(100));
  for (int i = 0; i < 20; ++i) cache.Get(ctx_, "k").status().ok();
  EXPECT_EQ(silent.CountDials(), 1);
  clock_.Advance(milliseconds(199));
  CodeOf(cache, ctx_);
  EXPECT_EQ(silent.CountDials(), 0) << "twice as long after the second failure";
}

TEST_F(RedisFailureTest, DoesNotBlameRedisForACallerWithoutTime) {
  const TcpPeer silent;
  silent.CountOnly();
  RedisCache cache(clock_, Hasty(silent.endpoint()));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(CodeOf(cache, ctx_.WithDeadline(milliseconds(50))), "DeadlineExceeded");
  }
  EXPECT_EQ(silent.CountDials(), 3);
}

TEST_F(RedisFailureTest, EndsWithItsCaller) {
  const TcpPeer silent;
  RedisCacheOptions options = Hasty(silent.endpoint());
  options.budget = hours(1);
  RedisCache cache(clock_, options);
  std::stop_source source;
  std::jthread stopper([&] {
    ctx_.SleepFor(milliseconds(20)).ok();
    source.request_stop();
  });
  EXPECT_EQ(CodeOf(cache, OpContext(SystemClock(), source.get_token())), "Cancelled");
}

TEST_F(RedisFailureTest, GivesUpAPeerThatDribbles) {
  const TcpPeer peer([this](int socket, const std::atomic<bool>& is_over) {
    const auto say = [&](std::string_view text) {
      return ::send(socket, text.data(), text.size(), MSG_NOSIGNAL) > 0;
    };
    if (!say("*1\r\n$1000000\r\n")) return;
    while (!is_over && say("x")) ctx_.SleepFor(milliseconds(1)).ok();
  });
  RedisCache cache(clock_, Hasty(peer.endpoint()));
  EXPECT_EQ(CodeOf(cache, ctx_), "DeadlineExceeded");
}

TEST_F(RedisFailureTest, IsNotTakenInByWhatIsNoRedis) {
  const auto answers = [](std::string_view text) {
    return [text](int socket, const std::atomic<bool>&) {
      ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    };
  };
  const std::vector<std::pair<std::string, std::string>> table = {
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "Corruption"},
      {"*2\r\n$-1\r\n$-1\r\n", "Corruption"},
      {"+OK\r\n", "Corruption"},
      {"$1\r\nx\r\n", "Corruption"},
      {"*1\r\n$10\r\nhalf", "Unavailable"},
      {"", "Unavailable"},
      {"-LOADING Redis is loading the dataset in memory\r\n", "Unavailable"},
      {"*1\r\n:7\r\n", "ok"},
      {"*1\r\n*1\r\n$1\r\nx\r\n", "ok"},
  };
  for (const auto& [text, code] : table) {
    const TcpPeer peer(answers(text));
    RedisCacheOptions options = Hasty(peer.endpoint());
    options.budget = seconds(30);
    RedisCache cache(clock_, options);
    EXPECT_EQ(CodeOf(cache, ctx_), code) << text;
  }
}

TEST_F(RedisFailureTest, NoErrorTellsThePassword) {
  const std::string password = "hunter2";
  for (const std::string said : {"ERR unknown command 'AUTH', with args beginning with: 'hunter2' ",
                                 "hunter2 is not known", "WRONGPASS hunter2 is none"}) {
    const TcpPeer peer([&](int socket, const std::atomic<bool>&) {
      const std::string reply = "-" + said + "\r\n";
      ::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL);
    });
    RedisEndpoint endpoint = peer.endpoint();
    endpoint.password = Secret(password);
    RedisCacheOptions options = Hasty(endpoint);
    options.budget = seconds(30);
    RedisCache cache(clock_, options);
    const Status status = cache.Get(ctx_, "k").status();
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(status.ToString(), Not(HasSubstr(password)));
    EXPECT_THAT(status.error().origin.code, Not(HasSubstr(password)));
    EXPECT_THAT(status.ToString(), HasSubstr("the URL of the cache"));
  }
}

class RedisRestartTest : public RedisFailureTest {
 protected:
  /// Asks until `cache` gives `value` again.
  void AwaitValue(RowCache& cache, const std::string& key, const std::string& value) {
    const OpContext limit = ctx_.WithDeadline(seconds(30));
    for (;;) {
      const auto got = cache.Get(ctx_, key);
      if (got.ok() && got->value_or("<none>") == value) return;
      ASSERT_TRUE(limit.SleepFor(milliseconds(5)).ok()) << "never comes back";
      cache.Put(ctx_, key, value, hours(1)).status().ok();
    }
  }
  void MustPut(RowCache& cache, const std::string& key, const std::string& value) {
    const auto kept = cache.Put(ctx_, key, value, hours(1));
    ASSERT_TRUE(kept.ok() && *kept) << kept.status().ToString();
  }

  RedisServer server_;
};

TEST_F(RedisRestartTest, ComesBackAfterRedisWasKilled) {
  RedisCache cache(SystemClock(), PatientOptions(server_.endpoint()));
  MustPut(cache, "k", "v");
  server_.Kill();
  EXPECT_EQ(CodeOf(cache, ctx_), "Unavailable");
  server_.Start();
  AwaitValue(cache, "k", "v");
}

TEST_F(RedisRestartTest, DoesNotTripOverConnectionsOfTheFormerServer) {
  RedisCache cache(SystemClock(), PatientOptions(server_.endpoint()));
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) threads.emplace_back([&] { CodeOf(cache, ctx_); });
  }
  server_.Kill();
  server_.Start();
  EXPECT_EQ(CodeOf(cache, ctx_), "ok") << "the first call after the restart";
}

TEST_F(RedisRestartTest, NeverTakesALateReplyForAnothersReply) {
  RedisCacheOptions options = PatientOptions(server_.endpoint());
  options.pool.first_back_off = milliseconds(1);
  RedisCache cache(SystemClock(), options);
  MustPut(cache, "late", "value of late");
  MustPut(cache, "k", "value of k");
  server_.Signal(SIGSTOP);
  EXPECT_TRUE(cache.Get(ctx_.WithDeadline(milliseconds(30)), "late").Is(Code::kDeadlineExceeded));
  server_.Signal(SIGCONT);
  for (int i = 0; i < 20; ++i) {
    const auto got = cache.Get(ctx_, "k");
    EXPECT_TRUE(!got.ok() || got->value_or("<none>") == "value of k");
  }
  AwaitValue(cache, "k", "value of k");
}

TEST_F(RedisRestartTest, ABestEffortReaderNeverSeesAnError) {
  metrics::Registry registry;
  metrics::CacheProbe probe(registry, metrics::CacheKind::kRedis);
  metrics::BreakerProbe breaker_probe(registry, metrics::Backend::kCache);
  RedisCacheOptions options = PatientOptions(server_.endpoint());
  options.pool.longest_back_off = milliseconds(50);
  BestEffortCache cache(std::make_unique<RedisCache>(SystemClock(), options), SystemClock(),
                        {.budget = milliseconds(200),
                         .breaker = {.failures_to_open = 2,
                                     .open_for = milliseconds(20),
                                     .longest_open = milliseconds(50)}},
                        probe, breaker_probe);
  std::atomic<bool> is_over{false};
  std::atomic<int> errors{0};
  std::atomic<int> wrong{0};
  std::vector<std::jthread> readers;
  for (int t = 0; t < 8; ++t) {
    readers.emplace_back([&, t] {
      const std::string key = "k" + std::to_string(t);
      while (!is_over) {
        if (!cache.Put(ctx_, key, "v" + key, hours(1)).ok()) ++errors;
        const auto got = cache.Get(ctx_, key);
        if (!got.ok()) ++errors;
        if (got.ok() && got->value_or("v" + key) != "v" + key) ++wrong;
      }
    });
  }
  for (int i = 0; i < 3; ++i) {
    server_.Kill();
    const OpContext limit = ctx_.WithDeadline(seconds(30));
    while (cache.breaker_state() == resilience::CircuitBreaker::State::kClosed) {
      ASSERT_TRUE(limit.SleepFor(milliseconds(1)).ok()) << "the breaker never opens";
    }
    server_.Start();
    AwaitValue(cache, "k", "v");
  }
  is_over = true;
  readers.clear();
  EXPECT_EQ(errors, 0);
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace pgattic::cache
