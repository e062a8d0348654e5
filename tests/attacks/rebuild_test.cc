// `pgattic rebuild`: the journal is lost, the bucket is not.
#include "attack.h"
#include "tests/support/s3/s3_server.h"

namespace pgattic::test {
namespace {

// What the bucket does not know: docs/architecture.md names these columns.
constexpr const char* kArchives =
    "SELECT (to_jsonb(a) - '{id,revision,relation_oid,relation_bytes,former_bytes,route,"
    "fingerprint_rows,fingerprint_sum,schema_fingerprint,marked_xid,detached_at,drop_after,"
    "updated_at}'::text[])::text FROM pgattic.archive a ORDER BY from_us";
constexpr const char* kParts =
    "SELECT (to_jsonb(p) - '{archive_id,id_from,id_to,fingerprint_sum}'::text[])::text FROM "
    "pgattic.part p JOIN pgattic.archive a ON a.id = p.archive_id ORDER BY a.from_us, p.number";

class RebuildAttack : public Attack {
 protected:
  void LoseJournal() {
    Sql().Run("DROP SCHEMA pgattic CASCADE");
    ExpectDone(Pgattic({"init"}));
  }
  /// A late row is archived, and January with its `rows` is restored.
  void ExpectItGoesOn(const std::string& rows) {
    Sql().Run("INSERT INTO public.events VALUES ('later', '2024-01-30', 1, 'x')");
    ExpectDone(Pgattic({"archive"}));
    ExpectFound({"later", "e0"}, "archive");
    ExpectDone(Pgattic({"restore", "events_2024_01"}));
    EXPECT_EQ(One("SELECT count(*) FROM public.events WHERE at < '2024-02-01 00:00+00'"), rows);
  }
};

TEST_F(RebuildAttack, TheJournalIsEqualToTheOneThatWasLost) {
  Sql().Run("INSERT INTO public.events VALUES ('odd', '2024-02-03', 1, NULL)");
  ExpectDone(Pgattic({"archive", "--run-single-part-size", "1", "--run-part-size", "8KiB"}));
  Sql().Run("INSERT INTO public.events VALUES ('late', '2024-01-31', 1, 'x')");
  ExpectDone(Pgattic({"archive"}));
  const auto archives = Sql().Rows(kArchives);
  const auto parts = Sql().Rows(kParts);
  EXPECT_EQ(archives.size(), 2U);
  LoseJournal();
  const Ended rebuilt = Pgattic({"rebuild", "--json"});
  EXPECT_EQ(rebuilt.code, 0) << rebuilt.text();
  EXPECT_EQ(Sql().Rows(kArchives), archives);
  EXPECT_EQ(Sql().Rows(kParts), parts);
  ExpectFound({"e0", "e212", "late", "odd", "e399"}, "archive");
  EXPECT_EQ(Pgattic({"verify"}).code, 0);
  EXPECT_EQ(Pgattic({"reconcile"}).code, 0);
  // Again: it has them all.
  const auto json = Pgattic({"rebuild", "--json"}).json();
  for (const auto& archive : json.at("archives")) EXPECT_EQ(archive.value("state", ""), "same");
  ExpectItGoesOn("215");
}

TEST_F(RebuildAttack, ErasedIdsStayOnTheListAndTheirKeyIsAskedFor) {
  ExpectDone(Pgattic({"archive"}));
  ExpectDone(Pgattic({"erase", "e7", "e8"}));
  const std::string list = "SELECT string_agg(id_hash, ',' ORDER BY id_hash) FROM ";
  const std::string hashes = One(list + "pgattic.archive_erasure");
  const std::string key = One("SELECT value FROM pgattic.secret");
  LoseJournal();
  const Ended rebuilt = Pgattic({"rebuild"});
  ExpectDone(rebuilt);
  EXPECT_TRUE(rebuilt.Says("names 2 erased ids")) << rebuilt.text();
  EXPECT_EQ(One(list + "pgattic.archive_erasure"), hashes);
  EXPECT_EQ(One(list + "pgattic.erasure"), hashes);
  EXPECT_EQ(Pgattic({"reconcile"}).code, 0);
  ExpectRefused(Pgattic({"get", "e7"}), "absent");
  Sql().Run("UPDATE pgattic.secret SET value = '" + key + "'");
  ExpectRefused(Pgattic({"get", "e7"}), "erased");
}

TEST_F(RebuildAttack, WhatStandsAsideOrIsStillAPartitionIsFoundInTheCatalog) {
  Configure(archive_url(), "",
            "[[source]]\ntable = \"public.events\"\nid_column = \"id\"\ngrace = \"1h\"\n");
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "detached"}));
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_02", "--until", "marked"}));
  const auto archives = Sql().Rows(
      "SELECT fingerprint_rows || ' ' || fingerprint_sum || schema_fingerprint FROM "
      "pgattic.archive WHERE phase = 'detached'");
  LoseJournal();
  const Ended rebuilt = Pgattic({"rebuild", "--json"});
  EXPECT_EQ(rebuilt.code, 0) << rebuilt.text();
  EXPECT_EQ(Sql().Rows("SELECT phase FROM pgattic.archive ORDER BY from_us"),
            (std::vector<std::string>{"detached", "planned"}));
  EXPECT_EQ(Sql().Rows("SELECT fingerprint_rows || ' ' || fingerprint_sum || schema_fingerprint "
                       "FROM pgattic.archive WHERE phase = 'detached'"),
            archives);
  ExpectFound({"e0", "e212"}, "archive");
  ExpectFound({"e213", "e399"}, "database");
  Configure(archive_url());
  Sql().Run("UPDATE pgattic.archive SET drop_after = now() WHERE phase = 'detached'");
  ExpectDone(Pgattic({"archive"}));
  EXPECT_EQ(One("SELECT string_agg(phase, ',') FROM pgattic.archive"), "archived,archived");
  EXPECT_EQ(One("SELECT count(*) FROM public.events"), "0");
  EXPECT_EQ(Archived().size(), 400U);
}

TEST_F(RebuildAttack, ATableAsideWithOtherRowsAndARowThatDiffersAreRefused) {
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "detached"}));
  Sql().Run("UPDATE public.events_2024_01 SET v = 0 WHERE id = 'e1'");
  LoseJournal();
  ExpectRefused(Pgattic({"rebuild"}), "holds other rows than the parts");
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.archive"), "0");
  Sql().Run("UPDATE public.events_2024_01 SET v = 1 WHERE id = 'e1'");
  ExpectDone(Pgattic({"rebuild"}));
  Sql().Run("UPDATE pgattic.part SET rows = rows + 1");
  ExpectRefused(Pgattic({"rebuild"}), "another row of it");
}

/// The same from a bucket; the parameter says whether it keeps versions.
class RebuildFromBucket : public RebuildAttack, public ::testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    auto server = S3Server::Start({.versioned_buckets = GetParam()});
    ASSERT_TRUE(server.ok()) << server.error().ToString();
    server_ = std::move(*server);
    const auto bucket = server_->MakeBucket();
    ASSERT_TRUE(bucket.ok());
    bucket_ = *bucket;
    SetUpEmpty();
    UseRoot("/some/prefix");
    MakeEvents();
    ExpectDone(Pgattic({"init"}));
  }
  void UseRoot(const std::string& prefix) {
    Configure("s3://" + bucket_ + prefix, "[s3]\nendpoint = \"" + server_->endpoint() +
                                              "\"\npath_style = true\naccess_key = \"" +
                                              server_->access_key() + "\"\nsecret_key = \"" +
                                              server_->secret_key() + "\"");
  }

  std::unique_ptr<S3Server> server_;
  std::string bucket_;
};

TEST_P(RebuildFromBucket, TheJournalIsEqualToTheOneThatWasLost) {
  ExpectDone(Pgattic({"archive", "--run-single-part-size", "1", "--run-part-size", "8KiB"}));
  Sql().Run("INSERT INTO public.events VALUES ('late', '2024-01-31', 1, 'x')");
  ExpectDone(Pgattic({"archive"}));
  ExpectDone(Pgattic({"erase", "e7"}));
  const auto archives = Sql().Rows(kArchives);
  const auto parts = Sql().Rows(kParts);
  EXPECT_EQ(archives.size(), 2U);
  EXPECT_GT(parts.size(), 3U);
  const bool has_versions =
      One("SELECT bool_and(version_id <> '') FROM pgattic.part WHERE published") == "t";
  EXPECT_EQ(has_versions, GetParam());
  LoseJournal();
  ExpectDone(Pgattic({"rebuild"}));
  EXPECT_EQ(Sql().Rows(kArchives), archives);
  EXPECT_EQ(Sql().Rows(kParts), parts);
  ExpectFound({"e0", "e212", "late", "e399"}, "archive");
  EXPECT_EQ(Pgattic({"get", "e7"}).code, 1);
  ExpectDone(Pgattic({"verify"}));
  ExpectDone(Pgattic({"reconcile"}));
  ExpectItGoesOn("214");
}

TEST_P(RebuildFromBucket, AnotherPrefixOfItHoldsNothing) {
  ExpectDone(Pgattic({"archive"}));
  LoseJournal();
  UseRoot("/some/pre");
  ExpectDone(Pgattic({"init"}));
  ExpectDone(Pgattic({"rebuild"}));
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.archive"), "0");
}

INSTANTIATE_TEST_SUITE_P(Versions, RebuildFromBucket, ::testing::Bool());

}  // namespace
}  // namespace pgattic::test
