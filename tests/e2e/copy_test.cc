// The second store: written before the drop, checked, read where the first fails.
#include <csignal>

#include "copied_archive.h"
#include "s3/s3_object_store.h"
#include "store/file_object_store.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

class Copy : public CopiedArchive {
 protected:
  /// An object of another installation, which uses the second store as well.
  void PutAnothers(const std::string& key) {
    const auto store = store::FileObjectStore::Open({copy_folder()}).value();
    store::WriteOptions write;
    write.user_metadata = {{"pgattic-nonce", "another"}};
    ASSERT_TRUE(store->Put(OpContext(), key, AsBytes("theirs"), write).ok());
  }
  std::string InCopy(const std::string& key) {
    const std::string path = copy_folder() + "/" + key;
    return fs::exists(path) ? sandbox::ReadTextFile(path) : "none";
  }
  static void Replace(const std::string& path, const std::string& what, const std::string& by) {
    std::string text = sandbox::ReadTextFile(path);
    const std::size_t at = text.find(what);
    ASSERT_NE(at, text.npos) << text;
    ASSERT_TRUE(sandbox::WriteTextFile(path, text.replace(at, what.size(), by)).ok());
  }
};

constexpr const char* kOwner = "/_pgattic_owner.json";

TEST_F(Copy, EveryObjectIsInBothStoresBeforeTheTableIsDropped) {
  LoadMonths({1}, 60);
  UseCopy();
  Works({"init"});
  Works({"archive", "--until", "marked"});
  EXPECT_TRUE(Objects(copy_folder()).empty());
  Works({"archive", "--until", "detached"});
  EXPECT_EQ(Objects(copy_folder()), ToBeCopied());
  EXPECT_EQ(Objects(copy_folder()).size(), 5U);
  EXPECT_EQ(CopyState().at("whole"), true);
  Works({"archive"});
  EXPECT_EQ(Phase(), "archived");
  EXPECT_EQ(Pgattic({"archive"}).out.substr(0, 13), "Nothing to do");
}

TEST_F(Copy, WhileItIsDownNothingIsDropped) {
  LoadMonths({1}, 40);
  Works({"init"});
  Configure("file://" + archive_folder(),
            "[s3]\nmax_retries = 0\nrequest_timeout = \"5s\"\n[copy]\nurl = \"s3://none\"\n"
            "endpoint = \"http://127.0.0.1:1\"\naccess_key = \"a\"\nsecret_key = \"b\"");
  const Ran down = Pgattic({"archive"});
  EXPECT_EQ(down.code, 1) << down.out;
  EXPECT_EQ(Phase(), "detached");
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games_2024_01"), "40");
  EXPECT_EQ(CopyState().at("whole"), false);
  UseCopy();
  Works({"archive"});
  EXPECT_EQ(Phase(), "archived");
}

TEST_F(Copy, ADamagedOneIsNoReasonToDrop) {
  LoadMonths({1}, 40);
  UseCopy();
  Works({"init"});
  Works({"archive", "--until", "detached"});
  const std::string part = copy_folder() + "/" + One("SELECT key FROM pgattic.part");
  fs::resize_file(part, fs::file_size(part) - 1);
  const Ran refused = Pgattic({"archive"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("nothing was dropped"), std::string::npos) << refused.err;
  EXPECT_EQ(Phase(), "detached");
}

TEST_F(Copy, ConfiguredLaterItIsMadeOfWhatIsArchived) {
  LoadMonths({1}, 40);
  Works({"init"});
  Works({"archive"});
  EXPECT_EQ(CopyState(), nullptr);
  UseCopy();
  EXPECT_EQ(CopyState().at("parts"), 0);
  Works({"archive"});
  EXPECT_EQ(Objects(copy_folder()), ToBeCopied());
  EXPECT_EQ(CopyState().at("whole"), true);
}

TEST_F(Copy, LateRowsAndARollbackChangeItToo) {
  LoadMonths({1, 2}, 40);
  UseCopy();
  Works({"init"});
  Works({"archive", "--partition", kPartition});
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('late', "
      "'2024-01-20', 2, 0)");
  Works({"archive", "--partition", kPartition});
  EXPECT_EQ(Objects(copy_folder()), ToBeCopied());
  const auto before = Objects(copy_folder());
  Works({"archive", "--partition", "past_games_2024_02", "--until", "detached"});
  EXPECT_NE(Objects(copy_folder()), before);
  Works({"rollback", "past_games_2024_02"});
  EXPECT_EQ(Objects(copy_folder()), before);
}

TEST_F(Copy, ARestoreDeletesInBothWhatAKilledEraseLeft) {
  LoadMonths({1}, 40);
  UseCopy();
  const std::string id = One("SELECT gid FROM public.past_games ORDER BY gid LIMIT 1");
  Works({"init"});
  Works({"archive"});
  const std::string former = PartKey();
  const Ran killed = Pgattic({"erase", id}, {{"PGATTIC_FAILPOINT", "cleanup.before_delete"}});
  ASSERT_EQ(killed.signal, SIGKILL) << killed.err;
  ASSERT_TRUE(Objects(copy_folder()).contains(former));
  Works({"restore", kPartition});
  EXPECT_FALSE(Objects(archive_folder()).contains(former));
  EXPECT_FALSE(Objects(copy_folder()).contains(former));
}

TEST_F(Copy, ARepairThatRollsBackDeletesItToo) {
  LoadMonths({1}, 40);
  UseCopy();
  Works({"init"});
  Works({"archive", "--until", "detached"});
  for (const auto& [key, bytes] : Objects(archive_folder())) {
    if (!key.starts_with("_")) fs::remove(archive_folder() + "/" + key);
  }
  const Ran differs = Pgattic({"reconcile"});
  EXPECT_EQ(differs.code, 1) << differs.out << differs.err;
  Works({"reconcile", "--repair"});
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "40");
  for (const auto& [key, bytes] : Objects(copy_folder())) EXPECT_TRUE(key.starts_with("_")) << key;
}

TEST_F(Copy, WhatAnotherInstallationPutThereIsNeverDeleted) {
  LoadMonths({1}, 40);
  UseCopy();
  Works({"init"});
  Works({"archive", "--until", "marked"});
  const std::vector<std::string> theirs = {PartKey(), FilterKey()};
  for (const std::string& key : theirs) PutAnothers(key);
  Works({"rollback", kPartition});
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.part"), "0");
  for (const std::string& key : theirs) EXPECT_EQ(InCopy(key), "theirs") << key;
}

TEST_F(Copy, AScrubTellsOfWhatAnotherInstallationPutInItsPlaceAndLeavesIt) {
  LoadMonths({1}, 40);
  UseCopy();
  Works({"init"});
  Works({"archive"});
  const std::string metadata = "partitions/year=2024/month=01/_partition_metadata.json";
  for (const std::string& key : {PartKey(), FilterKey(), metadata}) {
    SCOPED_TRACE(key);
    const std::string ours = copy_folder() + "/" + key;
    fs::copy_file(ours, folder() + "/kept");
    PutAnothers(key);
    const Ran scrubbed = Pgattic({"scrub"});
    EXPECT_EQ(scrubbed.code, 1) << scrubbed.out << scrubbed.err;
    EXPECT_EQ(InCopy(key), "theirs");
    EXPECT_NE(One("SELECT coalesce(error, '') FROM pgattic.archive").find("somebody else"),
              std::string::npos);
    fs::remove(ours);
    fs::rename(folder() + "/kept", ours);
  }
}

TEST_F(Copy, OneThatBelongsToAnotherIsRefusedBeforeAnythingIsExported) {
  LoadMonths({1}, 40);
  UseCopy();
  Works({"init"});
  ASSERT_TRUE(sandbox::WriteTextFile(copy_folder() + kOwner, "production\n").ok());
  const std::string theirs = "partitions/year=2024/month=05/games_2024_05.parquet";
  PutAnothers(theirs);
  const Ran refused = Pgattic({"archive"});
  EXPECT_EQ(refused.code, 1) << refused.out << refused.err;
  EXPECT_NE(refused.err.find("belongs to another source"), std::string::npos) << refused.err;
  EXPECT_EQ(Phase(), "planned");
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.part"), "0");
  const Ran scrubbed = Pgattic({"scrub"});
  EXPECT_EQ(scrubbed.code, 1) << scrubbed.out << scrubbed.err;
  EXPECT_EQ(InCopy(theirs), "theirs");
}

TEST_F(Copy, ARepairOnAnotherServerTakesItOverToo) {
  LoadMonths({1, 2}, 40);
  UseCopy();
  Works({"init"});
  Works({"archive", "--partition", kPartition});
  const std::string server = One("SELECT system_identifier FROM pgattic.archive");
  Sql("UPDATE pgattic.archive SET system_identifier = '42'");
  for (const std::string& root : {archive_folder(), copy_folder()}) {
    Replace(root + kOwner, server, "42");
  }
  Works({"reconcile", "--repair"});
  Works({"archive"});
  EXPECT_EQ(Objects(copy_folder()), ToBeCopied());
}

TEST_F(Copy, AnswersWhereTheFirstStoreCannot) {
  LoadMonths({1}, 40);
  UseCopy();
  const std::string id = One("SELECT gid FROM public.past_games ORDER BY gid LIMIT 1");
  Works({"init"});
  Works({"archive"});
  fs::remove(archive_folder() + "/" + One("SELECT key FROM pgattic.part"));
  const nlohmann::json row = Pgattic({"get", id}).json();
  EXPECT_EQ(row.at("tier"), "copy");
  EXPECT_EQ(row.at("availability"), "available");
}

TEST_F(Copy, LiesAtAnEndpointOfItsOwn) {
  LoadMonths({1}, 60);
  const auto second = S3Server::Start().value();
  const std::string name = second->MakeBucket().value();
  UseS3("[copy]\nurl = \"s3://" + name + "/backup\"\nendpoint = \"" + second->endpoint() +
        "\"\naccess_key = \"" + second->access_key() + "\"\nsecret_key = \"" +
        second->secret_key() + "\"");
  Works({"init"});
  Works({"archive"});
  EXPECT_EQ(Phase(), "archived");
  const auto copies = s3::S3ObjectStore::Open(second->OptionsFor(name)).value();
  std::vector<std::string> keys = copies->List(OpContext(), "backup/").value();
  for (std::string& key : keys) key = key.substr(7);
  std::vector<std::string> to_be_copied = Files();
  std::erase_if(to_be_copied, [](const std::string& key) { return key.starts_with("narrow/"); });
  EXPECT_EQ(keys, to_be_copied);
}

}  // namespace
}  // namespace pgattic::test
