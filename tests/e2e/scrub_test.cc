// Scrub: what a store damages or loses is found and mended, or told.
#include <chrono>

#include "copied_archive.h"
#include "store/file_object_store.h"
#include "tests/support/s3/http_tap.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

class Scrub : public CopiedArchive {
 protected:
  /// Archives months and returns their rows.
  std::vector<std::string> ArchiveMonths(const std::vector<int>& months) {
    LoadMonths(months, 60);
    std::vector<std::string> rows = RowsOfDatabase();
    Works({"init"});
    Works({"archive"});
    return rows;
  }
  nlohmann::json Scrubbed(int code, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"scrub", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = Pgattic(arguments);
    EXPECT_EQ(ran.code, code) << ran.out << ran.err;
    return ran.json();
  }
  /// One scrub finds and mends exactly one thing; then all is as it was, in both stores.
  void OneFindingIsMended(const std::string& key, const std::string& store,
                          const std::vector<std::string>& rows) {
    const nlohmann::json found = Scrubbed(0);
    ASSERT_EQ(found.at("findings").size(), 1U) << found;
    EXPECT_EQ(found.at("findings")[0].at("key"), key);
    EXPECT_EQ(found.at("findings")[0].at("store"), store);
    EXPECT_EQ(found.at("findings")[0].at("repaired"), true);
    Works({"verify"});
    EXPECT_EQ(Objects(copy_folder()), ToBeCopied());
    EXPECT_EQ(RowsByPyarrow(kParquet), rows);
    EXPECT_EQ(One("SELECT count(*) FROM pgattic.part_proof WHERE damage IS NOT NULL"), "0");
    EXPECT_EQ(Scrubbed(0).at("findings").size(), 0U);
  }
};

TEST_F(Scrub, AFlippedBitInAPartIsMendedFromTheCopy) {
  UseCopy();
  const auto rows = ArchiveMonths({1});
  const std::string key = PartKey();
  FlipBit(archive_folder() + "/" + key);
  OneFindingIsMended(key, "archive", rows);
  EXPECT_NE(PartKey(), key);
  EXPECT_FALSE(fs::exists(archive_folder() + "/" + key));
}

TEST_F(Scrub, EveryObjectThatIsGoneIsMadeAgain) {
  UseCopy();
  const auto rows = ArchiveMonths({1});
  for (const std::string& key : {PartKey(),
                                 std::string("partitions/year=2024/month=01/"
                                             "_partition_metadata.json"),
                                 std::string("partitions/year=2024/month=01/_checksums.sha256")}) {
    SCOPED_TRACE(key);
    fs::remove(archive_folder() + "/" + key);
    OneFindingIsMended(key, "archive", rows);
  }
  fs::remove(archive_folder() + "/" + FilterKey());
  OneFindingIsMended(PartKey(), "archive", rows);
}

TEST_F(Scrub, AFlippedBitInASidecarOrFilterIsMended) {
  UseCopy();
  const auto rows = ArchiveMonths({1});
  const std::string metadata = "partitions/year=2024/month=01/_partition_metadata.json";
  FlipBit(archive_folder() + "/" + metadata);
  OneFindingIsMended(metadata, "archive", rows);
  FlipBit(archive_folder() + "/" + FilterKey());
  OneFindingIsMended(PartKey(), "archive", rows);
}

TEST_F(Scrub, ADamagedCopyIsMadeAgain) {
  UseCopy();
  const auto rows = ArchiveMonths({1});
  const std::string key = PartKey();
  FlipBit(copy_folder() + "/" + key);
  OneFindingIsMended(key, "copy", rows);
  EXPECT_EQ(PartKey(), key);
  fs::remove(copy_folder() + "/" + FilterKey());
  OneFindingIsMended(key, "copy", rows);
  const std::string metadata = "partitions/year=2024/month=01/_partition_metadata.json";
  fs::remove(copy_folder() + "/" + metadata);
  OneFindingIsMended(metadata, "copy", rows);
}

TEST_F(Scrub, WithoutACopyTheDamageIsToldUntilTheObjectIsBack) {
  ArchiveMonths({1});
  const std::string part = archive_folder() + "/" + PartKey();
  fs::copy_file(part, folder() + "/kept");
  FlipBit(part);
  const nlohmann::json found = Scrubbed(1);
  EXPECT_EQ(found.at("findings")[0].at("repaired"), false);
  EXPECT_NE(found.at("findings")[0].at("error").get<std::string>().find("copy.url"),
            std::string::npos);
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.part_proof WHERE damage IS NOT NULL"), "1");
  const nlohmann::json status = Pgattic({"status", "--json"}).json();
  EXPECT_NE(status.at("archives")[0].at("error"), nullptr);
}

TEST_F(Scrub, TheOldestProofComesFirstAndNoMoreIsReadThanAllowed) {
  ArchiveMonths({1, 2});
  EXPECT_EQ(Scrubbed(0, {"--max-bytes", "1"}).at("parts_left"), 2);
  Sql("UPDATE pgattic.part_proof SET proven_at = '2020-01-01' WHERE archive_id = (SELECT max(id) "
      "FROM pgattic.archive)");
  const std::string bytes = One("SELECT max(bytes) FROM pgattic.part");
  const nlohmann::json one = Scrubbed(0, {"--max-bytes", bytes});
  EXPECT_EQ(one.at("parts"), 1);
  EXPECT_EQ(one.at("parts_left"), 1);
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.part_proof WHERE proven_at < '2021-01-01'"), "0");
  const nlohmann::json rest = Scrubbed(0, {"--scrub-bytes-a-day", "1"});
  EXPECT_EQ(rest.at("parts"), 0);
}

TEST_F(Scrub, EachArchiveIsOpenedOnce) {
  LoadMonths({1, 2}, 200);
  const auto server = S3Server::Start().value();
  HttpTap tap(server->port());
  Configure("s3://" + server->MakeBucket().value(),
            std::string(kSmallParts) + "[s3]\nendpoint = \"" + tap.endpoint() +
                "\"\npath_style = true\naccess_key = \"" + server->access_key() +
                "\"\nsecret_key = \"" + server->secret_key() + "\"\n");
  Works({"init"});
  Works({"archive"});
  const int parts = std::stoi(One("SELECT count(*) FROM pgattic.part"));
  ASSERT_GE(parts, 6);
  tap.TakeRecords();
  EXPECT_EQ(Scrubbed(0).at("parts"), parts);
  std::map<std::string, int> heads;
  for (const TapRecord& record : tap.TakeRecords()) {
    if (record.method == "HEAD") ++heads[record.target];
  }
  for (const auto& [target, times] : heads) EXPECT_LE(times, 2) << target;
}

TEST_F(Scrub, ReadsNoFasterThanItMay) {
  UseCopy();
  ArchiveMonths({1});
  // Both stores are four times what may be read at once, that is in a second.
  const std::int64_t rate = std::stoll(One("SELECT sum(bytes) / 2 FROM pgattic.part"));
  const auto begun = std::chrono::steady_clock::now();
  Scrubbed(0, {"--scrub-max-read-rate", std::to_string(rate)});
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(2900));
}

TEST_F(Scrub, LeftoversOfOursGoAndOthersStay) {
  UseCopy();
  ArchiveMonths({1});
  const auto before = Objects(archive_folder());
  const auto copied = Objects(copy_folder());
  const std::string month = "partitions/year=2024/month=01/";
  const std::string narrow = "narrow/year=2024/month=01/";
  for (const std::string& root : {archive_folder(), copy_folder()}) {
    const auto store = store::FileObjectStore::Open({root}).value();
    store::WriteOptions ours;
    ours.user_metadata = {{"pgattic-nonce", "dead"}};
    ASSERT_TRUE(
        store->Put(OpContext(), month + "games_2024_01.a9.0009.parquet", AsBytes("x"), ours).ok());
    ASSERT_TRUE(
        store->Put(OpContext(), month + "_games_2024_01.a9.0009.idfilter", AsBytes("x"), ours)
            .ok());
    ASSERT_TRUE(
        store->Put(OpContext(), narrow + "games_2024_01.a9.0009.parquet", AsBytes("x"), ours).ok());
  }
  const auto store = store::FileObjectStore::Open({archive_folder()}).value();
  ASSERT_TRUE(store->Put(OpContext(), month + "theirs.parquet", AsBytes("x"), {}).ok());
  const std::string lost = "partitions/year=2024/month=02/";
  store::WriteOptions ours;
  ours.user_metadata = {{"pgattic-nonce", "other"}};
  for (const char* name : {"_partition_metadata.json", "games_2024_02.parquet"}) {
    ASSERT_TRUE(store->Put(OpContext(), lost + name, AsBytes("x"), ours).ok());
  }
  const std::string lost_narrow = "narrow/year=2024/month=02/games_2024_02.parquet";
  ASSERT_TRUE(store->Put(OpContext(), lost_narrow, AsBytes("x"), ours).ok());
  fs::create_directories(archive_folder() + "/.pgattic/uploads/" + month + "dead.parquet");
  std::ofstream(archive_folder() + "/.pgattic/uploads/" + month + "dead.parquet/1.upload") << "x";
  fs::create_directories(archive_folder() + "/.pgattic/uploads/" + narrow + "dead.parquet");
  std::ofstream(archive_folder() + "/.pgattic/uploads/" + narrow + "dead.parquet/1.upload") << "x";
  const nlohmann::json found = Scrubbed(0);
  EXPECT_EQ(found.at("removed").size(), 8U) << found;
  EXPECT_EQ(found.at("left"),
            (std::vector<std::string>{month + "theirs.parquet", lost + "_partition_metadata.json",
                                      lost + "games_2024_02.parquet", lost_narrow}));
  EXPECT_EQ(Objects(archive_folder()).size(), before.size() + 4);
  EXPECT_EQ(Objects(copy_folder()), copied);
}

TEST_F(Scrub, AFlippedBitInABucketIsMendedFromTheOther) {
  LoadMonths({1}, 60);
  fs::create_directories(copy_folder());
  UseS3(CopyToml());
  Works({"init"});
  Works({"archive"});
  const std::string key = PartKey();
  FlipBit(s3().folder() + "/root/" + bucket() + "/" + key);
  const nlohmann::json found = Scrubbed(0);
  ASSERT_EQ(found.at("findings").size(), 1U) << found;
  EXPECT_EQ(found.at("findings")[0].at("key"), key);
  EXPECT_EQ(found.at("findings")[0].at("repaired"), true);
  EXPECT_NE(PartKey(), key);
  Works({"verify"});
  EXPECT_EQ(Scrubbed(0).at("findings").size(), 0U);
}

}  // namespace
}  // namespace pgattic::test
