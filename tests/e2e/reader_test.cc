// The reader inside a process: how many requests it makes, many at once, batches, tiers that are
// down.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "cache/memory_cache.h"
#include "store/memory_object_store.h"
#include "things_archive.h"

namespace pgattic::test {
namespace {

using lookup::Answer;
using lookup::Availability;
using lookup::Tier;

class ReaderTest : public ThingsArchive {};

TEST_F(ReaderTest, ACountedNumberOfRequestsGoesToTheServer) {
  Archive(4000);
  EXPECT_GT(std::stoi(One("SELECT count(*) FROM pgattic.part p JOIN pgattic.archive a ON a.id = "
                          "p.archive_id WHERE a.table_name = 'things'")),
            4);
  cache::MemoryCache cache(SystemClock(), {});
  Open(&cache);
  {
    // Else the picture would be read with every row.
    const auto lease = pool_->Acquire({});
    ASSERT_TRUE(lease.ok());
    EXPECT_EQ(catalog::LoadPicture({}, **lease, source_.id)->journal,
              catalog::LookAround({}, **lease, source_.id, {"1"}, false)->stamp.journal);
  }
  const std::string january = "2024-01-05";
  Answer answer = Get("10", january);
  EXPECT_EQ(answer.tier, Tier::kArchive);
  EXPECT_TRUE(answer.is_immutable);
  EXPECT_EQ(answer.created_at, "2024-01-05T00:00:00Z");
  EXPECT_EQ(Note(answer), One("SELECT md5('10')"));
  EXPECT_EQ(Gets(), 2U) << "nothing cached";
  EXPECT_EQ(Get("12", january).tier, Tier::kArchive);
  EXPECT_EQ(Gets(), 1U) << "footer cached";
  answer = Get("0010", january);
  EXPECT_EQ(answer.tier, Tier::kCache);
  EXPECT_EQ(Note(answer), One("SELECT md5('10')"));
  EXPECT_EQ(Gets(), 0U) << "row cached";
  EXPECT_EQ(Get("1000001").tier, Tier::kDatabase);
  // By id alone: each part whose range holds it has a filter, once.
  for (const char* id : {"11", "13"}) EXPECT_EQ(Get(id).tier, Tier::kArchive);
  Gets();
  EXPECT_EQ(Get("15").tier, Tier::kArchive);
  EXPECT_LE(Gets(), 2U);
  // Ids that are nowhere cost nothing, but for the filters' errors, about 1 in 100.
  std::size_t absent = 0;
  for (int i = 0; i < 300; ++i) {
    absent += Get(std::to_string(-1 - i)).availability == Availability::kAbsent ? 1U : 0U;
  }
  EXPECT_EQ(absent, 300U);
  EXPECT_EQ(Gets(), 0U);
}

TEST_F(ReaderTest, ABatchAnswersEachIdAndJoinsItsRequests) {
  Archive(4000);
  Open();
  std::vector<std::string> ids;
  for (int i = 1; i <= 990; ++i) ids.push_back(std::to_string(i * 8));
  for (const char* id : {"-5", "x", "1000001", "0016", "7999"}) ids.emplace_back(id);
  const auto answers = reader_->GetMany({}, ids);
  ASSERT_TRUE(answers.ok());
  ASSERT_EQ(answers->size(), ids.size());
  std::map<Tier, int> tiers;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Answer& answer = answers->at(i);
    EXPECT_EQ(answer.id, ids[i]);
    ++tiers[answer.tier];
    if (answer.tier == Tier::kArchive) {
      EXPECT_EQ(Note(answer), One("SELECT md5('" + std::to_string(std::stoi(ids[i])) + "')"));
    }
  }
  EXPECT_EQ(tiers[Tier::kArchive], 992);
  EXPECT_EQ(tiers[Tier::kDatabase], 1);
  EXPECT_EQ(tiers[Tier::kNone], 2);
  const std::size_t parts = static_cast<std::size_t>(
      std::stoi(One("SELECT count(*) FROM pgattic.part p JOIN pgattic.archive a ON a.id = "
                    "p.archive_id WHERE a.table_name = 'things'")));
  // Filter, footer, and one joined range a part.
  EXPECT_LE(Gets(), 3 * parts);
  ids.resize(1001, "1");
  EXPECT_TRUE(reader_->GetMany({}, ids).Is(Code::kInvalidArgument));
}

TEST_F(ReaderTest, WithoutTheStoreAMissIsUnavailableAndTheDatabaseGoesOn) {
  Archive(200);
  options_.reads.breaker.open_for = std::chrono::milliseconds(100);
  options_.reads.breaker.longest_open = std::chrono::milliseconds(400);
  Open();
  tap_->SetHook([](const TapRequest&) { return TapAction::Reply("503 Slow Down", ""); });
  EXPECT_EQ(Get("2").availability, Availability::kTemporarilyUnavailable);
  EXPECT_EQ(Get("1000001").tier, Tier::kDatabase);
  EXPECT_EQ(Get("-1").availability, Availability::kAbsent);
  const auto batch = reader_->GetMany({}, {"2", "1000001", "-1"});
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->at(0).availability, Availability::kTemporarilyUnavailable);
  EXPECT_EQ(batch->at(1).tier, Tier::kDatabase);
  EXPECT_EQ(batch->at(2).availability, Availability::kAbsent);
  // Until the store is left alone: then a look asks it nothing.
  const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
  do {
    ASSERT_TRUE(limit.Check().ok()) << "it is asked for ever";
    Gets();
    EXPECT_EQ(Get("2").availability, Availability::kTemporarilyUnavailable);
  } while (Gets() != 0);
  // The same reader gets over it.
  tap_->SetHook({});
  while (Get("2").tier != Tier::kArchive) {
    ASSERT_TRUE(limit.SleepFor(std::chrono::milliseconds(10)).ok()) << "it never comes back";
  }
  EXPECT_EQ(Get("4").tier, Tier::kArchive);
  EXPECT_EQ(Get("-1").availability, Availability::kAbsent);
}

TEST_F(ReaderTest, AStormOf503sIsRiddenOut) {
  Archive(200);
  Open();
  // As S3 does while it splits a prefix: each request is turned away twice, then comes through.
  std::mutex mutex;
  std::map<std::string, int> tries;
  tap_->SetHook([&](const TapRequest& request) {
    const std::lock_guard lock(mutex);
    return ++tries[request.target + request.Header("range")] > 2
               ? TapAction()
               : TapAction::Reply("503 Slow Down", "");
  });
  for (int id = 2; id <= 40; id += 2) {
    const Answer answer = Get(std::to_string(id));
    ASSERT_EQ(answer.tier, Tier::kArchive) << id << ": " << answer.why;
    EXPECT_EQ(Note(answer), One("SELECT md5('" + std::to_string(id) + "')"));
  }
  EXPECT_EQ(Get("-1").availability, Availability::kAbsent);
}

TEST_F(ReaderTest, WithoutPostgreSqlArchivedRowsAreServedAndAMissIsUnavailable) {
  Archive(200);
  Admin("DROP ROLE IF EXISTS passer");
  Admin("CREATE ROLE passer LOGIN IN ROLE woogles");
  pool_ = std::make_unique<pg::Pool>(pg::ConnectOptions{UrlOf("passer"), "passer"}, 2);
  Open();
  ASSERT_EQ(Get("2").tier, Tier::kArchive);
  Admin("ALTER ROLE passer NOLOGIN");
  Admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'passer'");
  while (One("SELECT count(*) FROM pg_stat_activity WHERE usename = 'passer'") != "0") {
    std::this_thread::yield();
  }
  EXPECT_EQ(Get("4").tier, Tier::kArchive);
  EXPECT_EQ(Get("-1").availability, Availability::kTemporarilyUnavailable);
  EXPECT_EQ(Get("1000001").availability, Availability::kTemporarilyUnavailable);
  Admin("ALTER ROLE passer LOGIN");
  EXPECT_EQ(Get("-1").availability, Availability::kAbsent);
  EXPECT_EQ(Get("1000001").tier, Tier::kDatabase);
}

TEST_F(ReaderTest, APostgreSqlThatHangsIsLeftAloneAndArchivedRowsAreServed) {
  Archive(200);
  options_.database.deadline = std::chrono::milliseconds(200);
  Open();
  ASSERT_EQ(Get("2").tier, Tier::kArchive);
  // A lock that is kept makes every look wait.
  auto locker = pg::Connection::Open({}, {url(), "locker"}).value();
  ASSERT_TRUE(locker->ExecScript({}, "BEGIN; LOCK TABLE pgattic.archive").ok());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Get("4").tier, Tier::kArchive);
  EXPECT_EQ(Get("-1").availability, Availability::kTemporarilyUnavailable);
  const Answer answer = Get("6");
  EXPECT_EQ(answer.tier, Tier::kArchive) << answer.why;
  ASSERT_TRUE(locker->ExecScript({}, "ROLLBACK").ok());
  while (Get("-1").availability != Availability::kAbsent) std::this_thread::yield();
  EXPECT_EQ(Get("1000001").tier, Tier::kDatabase);
}

TEST_F(ReaderTest, ALongLivedReaderSeesTheTableThatHasTheNameNow) {
  Archive(200);
  Open();
  ASSERT_EQ(Get("1000001").tier, Tier::kDatabase);
  Sql("ALTER TABLE public.things ADD COLUMN more int DEFAULT 7");
  EXPECT_NE(Get("1000001").row_json.find("\"more\": 7"), std::string::npos);
  Sql("ALTER TABLE public.things RENAME COLUMN note TO remark");
  EXPECT_NE(Get("1000001").row_json.find("\"remark\": \"young\""), std::string::npos);
  Sql("ALTER TABLE public.things ADD COLUMN a int DEFAULT 5, ADD COLUMN b text DEFAULT 'x'");
  EXPECT_NE(Get("1000001").row_json.find("\"a\": 5, \"b\": \"x\""), std::string::npos);
  for (const char* names : {"a TO c", "b TO a", "c TO b"}) {
    Sql(std::string("ALTER TABLE public.things RENAME COLUMN ") + names);
  }
  EXPECT_NE(Get("1000001").row_json.find("\"b\": 5, \"a\": \"x\""), std::string::npos)
      << "names that were swapped: " << Get("1000001").row_json;
  Sql("ALTER TABLE public.things RENAME TO old_things");
  Sql("CREATE TABLE public.things (at timestamptz NOT NULL, id int NOT NULL) PARTITION BY RANGE "
      "(at)");
  Sql("CREATE TABLE public.things_now PARTITION OF public.things FOR VALUES FROM ('2090-01-01') TO "
      "('2091-01-01')");
  Sql("INSERT INTO public.things VALUES ('2090-05-05', 1000077)");
  EXPECT_EQ(Get("1000077").row_json, R"({"at": "2090-05-05T00:00:00Z", "id": 1000077})");
  EXPECT_EQ(Get("1000001").availability, Availability::kAbsent);
  Sql("DROP TABLE public.things");
  EXPECT_EQ(Get("1000001").availability, Availability::kTemporarilyUnavailable);
  EXPECT_EQ(Get("77").tier, Tier::kArchive);
  Sql("CREATE TABLE public.things (at timestamptz NOT NULL, id text NOT NULL) PARTITION BY RANGE "
      "(at)");
  EXPECT_EQ(Get("1000001").availability, Availability::kTemporarilyUnavailable);
}

TEST_F(ReaderTest, DuplicatesAreCountedAndTheOldestIsServed) {
  Archive(50);
  Sql("INSERT INTO public.things VALUES (11, '2024-01-20', 'late one'), (11, '2024-02-28', "
      "'later')");
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  Open();
  const Answer first = Get("11");
  EXPECT_EQ(first.duplicates, 2);
  EXPECT_EQ(Note(first), "late one");
  EXPECT_EQ(first.created_at, "2024-01-20T00:00:00Z");
  EXPECT_EQ(reader_->GetMany({}, {"11"})->front().row_json, first.row_json);
  const Answer third = Get("11", "2024-02-28");
  EXPECT_EQ(third.duplicates, 0);
  EXPECT_EQ(Note(third), "later");
}

TEST_F(ReaderTest, WithoutTheStoreTheCopyAnswers) {
  Archive(200);
  store::MemoryObjectStore copy;
  const std::vector<std::string> keys = Files();
  for (const std::string& key : keys) {
    const auto bytes = store_->Get({}, key, {});
    ASSERT_TRUE(bytes.ok() && copy.Put({}, key, AsBytes(*bytes), {}).ok());
  }
  Open(nullptr, &copy);
  EXPECT_EQ(Get("2").tier, Tier::kArchive);
  tap_->SetHook([](const TapRequest&) { return TapAction::Reply("503 Slow Down", ""); });
  const Answer answer = Get("4");
  EXPECT_EQ(answer.tier, Tier::kCopy) << answer.why;
  EXPECT_EQ(Note(answer), One("SELECT md5('4')"));
  EXPECT_EQ(Get("-1").availability, Availability::kAbsent);
  // What lies there under the key of a part is not the part.
  for (const std::string& key : keys) {
    if (!key.ends_with(".parquet")) continue;
    store::WriteOptions over;
    over.if_match = copy.Head({}, key, "").value().etag;
    ASSERT_TRUE(copy.Put({}, key, AsBytes("PAR1"), over).ok());
  }
  Open(nullptr, &copy);
  EXPECT_EQ(Get("4").availability, Availability::kTemporarilyUnavailable);
}

}  // namespace
}  // namespace pgattic::test
