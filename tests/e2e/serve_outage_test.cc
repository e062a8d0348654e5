// `pgattic serve` while its Redis, its PostgreSQL and its store are killed, each alone and each
// pair: it goes on answering, and all is well again without a restart once they are back.
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "cache/redis_server_fixture.h"
#include "served_archive.h"

namespace pgattic::test {
namespace {

enum class Server { kRedis, kPostgres, kStore };
using Servers = std::set<Server>;

class ServeOutage : public ServedArchive {
 protected:
  void SetUp() override {
    ServedArchive::SetUp();
    UseS3("[cache]\nurl = \"unix://" + redis_.socket_path() + "\"\n");
    // Of a row whose data games still has there is an answer without the store.
    fresh_ = Sql(
        "SELECT gid FROM public.past_games WHERE gid IN (SELECT uuid FROM public.games WHERE "
        "migration_status > 0 AND num_nonnulls(timers, history, stats, quickdata) = 0) AND gid IN "
        "(SELECT gid FROM public.past_games GROUP BY gid HAVING count(*) = 1) ORDER BY md5(gid) "
        "LIMIT 40");
    ArchiveAll();
    StartServing({"--lookup-store-deadline", "500ms", "--lookup-database-deadline", "500ms"});
    for (const std::string& id : fresh_) truth_[id] = RowOf(Row(id));
    redis_.Ask({"FLUSHALL"});
    hot_ = FreshId();
    ASSERT_NE(truth_[hot_], "");
    AwaitHealth();
  }
  void TearDown() override {
    EXPECT_FALSE(process().TryWait()) << "it has ended";
    ServedArchive::TearDown();
    // Later tests of this program need it.
    if (!cluster().running()) {
      ASSERT_TRUE(cluster().Restart(OpContext()).ok());
    }
  }

  /// The part of a row's answer that is the row, whichever tier gave it.
  static std::string RowOf(const Page& page) {
    const std::size_t at = page.body.find("\"row\":");
    return at == page.body.npos ? ""
                                : page.body.substr(at, page.body.rfind(",\"duplicates\":") - at);
  }
  Page Row(const std::string& id) const { return web().Get("/v1/rows/public.past_games/" + id); }
  /// Returns the answer, which came in time and is the row or "try again".
  Page Ask(const std::string& target, const std::string& id) const {
    const auto began = SystemClock().SteadyNow();
    Page page = web().Get(target);
    EXPECT_LT(SystemClock().SteadyNow() - began, std::chrono::seconds(8)) << target;
    if (page.status == 200 && page.json()["availability"] == "available") {
      EXPECT_NE(page.body.find(truth_.at(id)), page.body.npos) << target << " is " << page.body;
    }
    return page;
  }
  Page AskRow(const std::string& id) const { return Ask("/v1/rows/public.past_games/" + id, id); }
  /// An archived id that the cache does not have.
  std::string FreshId() {
    PGATTIC_CHECK(!fresh_.empty(), "load more games");
    std::string id = std::move(fresh_.back());
    fresh_.pop_back();
    return id;
  }

  static void Await(const std::string& what, const std::function<bool()>& is_so) {
    const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
    while (!is_so()) {
      ASSERT_TRUE(limit.SleepFor(std::chrono::milliseconds(50)).ok()) << "never: " << what;
    }
  }
  void AwaitHealth() {
    Await("PostgreSQL is asked", [&] { return web().Get("/v1/games/nobodys").status == 404; });
    Await("the archive is read", [&] {
      redis_.Ask({"FLUSHALL"});
      return AskRow(hot_).Header("x-pgattic-source") == "archive";
    });
    Await("Redis is asked", [&] { return AskRow(hot_).Header("x-pgattic-source") == "cache"; });
    Await("it is ready", [&] { return web().Get("/readyz").status == 200; });
  }

  void Kill(const Servers& servers) {
    if (servers.contains(Server::kRedis)) redis_.Kill();
    if (servers.contains(Server::kStore)) s3().Kill();
    if (servers.contains(Server::kPostgres)) {
      ASSERT_TRUE(cluster().Kill(OpContext()).ok());
    }
  }
  void Start(const Servers& servers) {
    if (servers.contains(Server::kRedis)) redis_.Start();
    if (servers.contains(Server::kStore)) {
      ASSERT_TRUE(s3().KillAndRestart().ok());
    }
    if (servers.contains(Server::kPostgres)) {
      ASSERT_TRUE(cluster().Restart(OpContext()).ok());
    }
  }
  /// What has to be true while these are away.
  void Check(const Servers& away) {
    const bool has_database = !away.contains(Server::kPostgres);
    const bool has_store = !away.contains(Server::kStore);
    const bool has_cache = has_database && !away.contains(Server::kRedis);
    EXPECT_EQ(web().Get("/healthz").status, 200);
    const Page hot = AskRow(hot_);
    EXPECT_EQ(hot.status, has_cache || has_store ? 200 : 503) << hot.body;
    EXPECT_EQ(hot.Header("x-pgattic-source") == "cache", has_cache) << hot.body;
    for (int i = 0; i < 2; ++i) {
      const Page fresh = AskRow(FreshId());
      EXPECT_EQ(fresh.status, has_store ? 200 : 503) << fresh.body;
    }
    const std::string id = FreshId();
    const auto game = Ask("/v1/games/" + id, id).json();
    EXPECT_EQ(game["availability"], has_store ? "available" : "temporarily_unavailable") << game;
    EXPECT_EQ(game["game"].is_object(), has_database) << game;
    EXPECT_EQ(web().Get("/v1/games/nobodys").status, has_database ? 404 : 503);
  }
  void Survive(const Servers& servers) {
    Kill(servers);
    Check(servers);
    Start(servers);
    AwaitHealth();
  }

  cache::RedisServer redis_;
  std::map<std::string, std::string> truth_;  ///< The row of every archived id, as it is served.
  std::vector<std::string> fresh_;
  std::string hot_;  ///< In the cache.
};

TEST_F(ServeOutage, OfItsRedisCostsNobodyAnAnswer) { Survive({Server::kRedis}); }

TEST_F(ServeOutage, OfItsStoreLeavesWhatPostgreSqlAndTheCacheKnow) { Survive({Server::kStore}); }

TEST_F(ServeOutage, OfPostgreSqlLeavesArchivedRowsAlsoWhereItIsRestartedUnderReaders) {
  Survive({Server::kPostgres});
  std::atomic<int> wrong{0};
  std::atomic<int> right{0};
  std::vector<std::jthread> readers;
  const std::vector<std::string> ids = {FreshId(), FreshId(), FreshId(), hot_};
  for (std::size_t first = 0; first < 3; ++first) {
    readers.emplace_back([&, first](const std::stop_token& stop) {
      for (std::size_t i = first; !stop.stop_requested(); ++i) {
        const std::string& id = ids[i % ids.size()];
        const Page page = Row(id);
        if (page.status == 200 && RowOf(page) == truth_.at(id)) {
          ++right;
        } else if (++wrong < 5) {
          ADD_FAILURE() << id << ": " << page.status << page.body;
        }
      }
    });
  }
  for (int i = 0; i < 3; ++i) {
    const int before = right;
    ASSERT_TRUE(cluster().Restart(OpContext()).ok());
    AwaitHealth();
    EXPECT_GT(right, before);
  }
  readers.clear();
  EXPECT_EQ(wrong, 0) << "of " << right + wrong;
}

TEST_F(ServeOutage, OfEachPairAndOfAllIsOverWhenTheyAreBack) {
  Survive({Server::kRedis, Server::kStore});
  Survive({Server::kRedis, Server::kPostgres});
  Survive({Server::kPostgres, Server::kStore});
  Survive({Server::kRedis, Server::kPostgres, Server::kStore});
}

}  // namespace
}  // namespace pgattic::test
