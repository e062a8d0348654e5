#include "broken_tiers.h"

#include "s3/s3_object_store.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {

using std::chrono::milliseconds;

std::string_view NameOf(Backend backend) {
  constexpr std::array<std::string_view, kBackends.size()> kNames = {"database", "cache", "archive",
                                                                     "copy"};
  return kNames.at(static_cast<std::size_t>(backend));
}

std::string_view NameOf(Fault fault) {
  constexpr std::array<std::string_view, kFaults.size()> kNames = {
      "down", "slow", "hanging", "resetting", "half a body", "503"};
  return kNames.at(static_cast<std::size_t>(fault));
}

bool IsPossible(Backend backend, Fault fault) {
  return fault != Fault::kStorm || backend == Backend::kArchive || backend == Backend::kCopy;
}

std::string NameOf(const Broken& broken) {
  std::string names;
  for (const auto& [backend, fault] : broken) {
    names += std::string(NameOf(backend)) + " " + std::string(NameOf(fault)) + " ";
  }
  return names;
}

void BrokenTiers::SetUp() {
  GameArchive::SetUp();
  LoadMonths({1, 2}, 250);
  UseS3();
  // Of orphans there is no basic info, of duplicates more than one document; a row whose data games
  // still has may be served from there.
  const std::string order =
      " FROM public.past_games WHERE gid IN (SELECT uuid FROM public.games WHERE migration_status "
      "> "
      "0 AND num_nonnulls(timers, history, stats, quickdata) = 0) AND gid IN "
      "(SELECT gid FROM public.past_games GROUP BY gid HAVING count(*) = 1) ORDER BY md5(gid)";
  fresh_ = Sql("SELECT gid" + order);
  const std::vector<std::string> documents = Sql("SELECT game_document::text" + order);
  ASSERT_EQ(documents.size(), fresh_.size());
  for (std::size_t i = 0; i < fresh_.size(); ++i) truth_[fresh_[i]] = documents[i];
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const Ran ran = Pgattic({"archive"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  CopyBucket();
  OpenWays();
  OpenGames();
  HeatUp();
  ASSERT_EQ(Ask("no-such-game").availability, games::Availability::kAbsent);
}

void BrokenTiers::HeatUp() {
  hot_id_ = FreshId();
  ASSERT_EQ(Ask(hot_id_).place, games::Place::kArchive);
  const std::string bytes = redis().Ask(
      {"EVAL", "return tostring(redis.call('STRLEN', redis.call('KEYS', 's3game:*')[1]))", "0"});
  hot_bytes_ = std::atoll(bytes.c_str());
  ASSERT_GT(hot_bytes_, 100) << bytes;
}

void BrokenTiers::TearDown() {
  games_.reset();
  rows_.reset();
  // Later tests of this program need it.
  if (!cluster().running()) {
    ASSERT_TRUE(cluster().Restart(OpContext()).ok());
  }
}

void BrokenTiers::CopyBucket() {
  copy_bucket_ = s3().MakeBucket().value();
  const auto from = s3::S3ObjectStore::Open(s3().OptionsFor(bucket())).value();
  const auto to = s3::S3ObjectStore::Open(s3().OptionsFor(copy_bucket_)).value();
  for (const std::string& key : Files()) {
    const auto bytes = from->Get({}, key, {});
    ASSERT_TRUE(bytes.ok()) << bytes.status().ToString();
    ASSERT_TRUE(to->Put({}, key, AsBytes(*bytes), {}).ok());
  }
}

void BrokenTiers::OpenWays() {
  redis_port_ = FreePort();
  redis_ = std::make_unique<cache::RedisServer>(
      std::vector<std::string>{"--port", std::to_string(redis_port_)});
  proxy_ = Toxiproxy::Start().value();
  const auto pg_port = static_cast<std::uint16_t>(cluster().port());
  ways_ = {proxy_->Before(pg_port).value(), proxy_->Before(redis_port_).value(),
           proxy_->Before(s3().port()).value(), proxy_->Before(s3().port()).value()};
  storm_.SetHook([](const TapRequest&) { return TapAction::Reply("503 Slow Down", ""); });
}

void BrokenTiers::OpenGames() {
  Admin("ALTER ROLE woogles PASSWORD 'in-a-test'");
  pool_ = std::make_unique<pg::Pool>(
      pg::ConnectOptions{"postgresql://woogles:in-a-test@127.0.0.1:" +
                             std::to_string(Way(Backend::kDatabase).port()) + "/" + database(),
                         "reader"},
      4);
  cache::RedisCacheOptions redis;
  redis.pool.endpoint = {.host = "127.0.0.1", .port = Way(Backend::kCache).port()};
  const resilience::CircuitBreakerOptions breaker = {.open_for = milliseconds(100),
                                                     .longest_open = milliseconds(400)};
  cache_ = std::make_unique<cache::BestEffortCache>(
      std::make_unique<cache::RedisCache>(SystemClock(), redis), SystemClock(),
      cache::BestEffortOptions{.breaker = breaker}, cache_probe_, cache_breaker_);
  s3::S3Options archive = s3().OptionsFor(bucket());
  archive.endpoint = Way(Backend::kArchive).endpoint();
  archive_ = s3::S3ObjectStore::Open(archive).value();
  s3::S3Options copy = s3().OptionsFor(copy_bucket_);
  copy.endpoint = Way(Backend::kCopy).endpoint();
  copy_ = s3::S3ObjectStore::Open(copy).value();
  lookup::SourceReaderOptions options;
  options.is_games = true;
  options.reads.deadline = milliseconds(500);
  options.reads.breaker = breaker;
  options.database.deadline = milliseconds(500);
  options.database.breaker = breaker;
  const auto direct = pg::Connection::Open({}, {url(), "test"}).value();
  const auto table = catalog::LoadSource({}, *direct, {"public", "past_games"}, "gid").value();
  rows_ = std::make_unique<lookup::SourceReader>(lookup::Backends{.pool = *pool_,
                                                                  .store = *archive_,
                                                                  .cache = cache_.get(),
                                                                  .copy = copy_.get(),
                                                                  .breakers = &breakers_},
                                                 table, options);
  info_ = std::make_unique<games::PgInfoReader>(
      *pool_, games::PgInfoOptions{.source = table.name(), .time_limit = milliseconds(500)});
  games_ = std::make_unique<games::GameStore>(*rows_, *info_);
}

const ProxiedPort& BrokenTiers::Way(Backend backend) const {
  return *ways_.at(static_cast<std::size_t>(backend));
}

void BrokenTiers::Break(Backend backend, Fault fault) {
  const ProxiedPort& way = Way(backend);
  broken_.insert(backend);
  const std::string storm = storm_.endpoint();
  Status broken;
  switch (fault) {
    case Fault::kDown:
      broken = way.Down();
      break;
    case Fault::kSlow:
      broken = way.Slow(milliseconds(100));
      break;
    case Fault::kHang:
      broken = way.Hang();
      break;
    case Fault::kReset:
      broken = way.Reset();
      break;
    case Fault::kHalfABody:
      broken = way.CutAnswersAfter(backend == Backend::kCache ? hot_bytes_ / 2 : 700);
      break;
    case Fault::kStorm:
      broken =
          way.LeadTo(static_cast<std::uint16_t>(std::stoi(storm.substr(storm.rfind(':') + 1))));
      break;
  }
  ASSERT_TRUE(broken.ok()) << broken.ToString();
}

void BrokenTiers::HealAll() {
  for (const Backend backend : broken_) {
    const Status healed = Way(backend).HealAfresh();
    ASSERT_TRUE(healed.ok()) << healed.ToString();
  }
  broken_.clear();
}

games::Game BrokenTiers::Ask(const std::string& id) {
  const auto began = SystemClock().SteadyNow();
  const auto game = games_->GetWithFallback(OpContext().WithDeadline(kDeadline), id);
  const auto took =
      std::chrono::duration_cast<milliseconds>(SystemClock().SteadyNow() - began).count();
  // What is left to hand the answer over: the machine is shared with other tests.
  EXPECT_LE(took, kDeadline.count() + 1000) << id;
  if (!game.ok()) {
    ADD_FAILURE() << id << ": " << game.status().ToString();
    return {};
  }
  const auto known = truth_.find(id);
  if (known == truth_.end()) {
    EXPECT_NE(game->availability, games::Availability::kAvailable) << id;
    return *game;
  }
  EXPECT_NE(game->availability, games::Availability::kAbsent) << id << ": " << game->why;
  if (game->availability == games::Availability::kAvailable) {
    EXPECT_TRUE(game->Document().text == known->second)
        << id << " has another document, from place " << static_cast<int>(game->place) << ":\n"
        << game->Document().text.substr(0, 300) << "\nnot\n"
        << known->second.substr(0, 300);
  }
  return *game;
}

std::string BrokenTiers::FreshId() {
  PGATTIC_CHECK(!fresh_.empty(), "load more games");
  std::string id = std::move(fresh_.back());
  fresh_.pop_back();
  return id;
}

void BrokenTiers::Await(const std::string& what, const std::function<bool()>& is_so) {
  const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
  while (!is_so()) {
    ASSERT_TRUE(limit.SleepFor(milliseconds(20)).ok()) << "never: " << what;
  }
}

void BrokenTiers::AwaitHealth() {
  Await("PostgreSQL and the archive answer", [&] {
    const games::Game game = Ask(hot_id_);
    return game.info && game.availability == games::Availability::kAvailable &&
           Ask("no-such-game").availability == games::Availability::kAbsent;
  });
  // What the cache has is not asked of the archive, and there are not so many fresh games.
  Await("the archive is read", [&] {
    redis().Ask({"FLUSHALL"});
    return Ask(hot_id_).place == games::Place::kArchive;
  });
  Await("the cache answers", [&] { return Ask(hot_id_).place == games::Place::kCache; });
}

std::string BrokenTiers::BreakerOf(metrics::Backend backend) const {
  for (const lookup::BreakerReading& reading : breakers_.Read()) {
    if (reading.backend == backend) return std::string(lookup::NameOf(reading.state));
  }
  return "none";
}

int BrokenTiers::CacheFailures() const {
  const std::string series = R"(pgattic_cache_lookups_total{cache="redis",result="failed"} )";
  const std::string text = registry_.Expose();
  const std::size_t at = text.find(series);
  PGATTIC_CHECK(at != text.npos, "no such series: " + series);
  return std::atoi(text.c_str() + at + series.size());
}

}  // namespace pgattic::test
