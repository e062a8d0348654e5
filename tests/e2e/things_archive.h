// ThingsArchive: a source with plain ids, archived in several parts, and a reader that counts.
#pragma once

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "cache/row_cache.h"
#include "game_archive.h"
#include "lookup/source_reader.h"
#include "s3/s3_object_store.h"
#include "tests/support/s3/http_tap.h"

namespace pgattic::test {

/// Every request of the reader goes through a tap, which counts it.
class ThingsArchive : public GameArchive {
 protected:
  /// Archives two months of public.things with several parts each; ids are 1 … 2 x `rows`, each
  /// times `step`.
  void Archive(int rows, int step = 1) {
    LoadMonths({1}, 1);
    Sql("CREATE TABLE public.things (id bigint NOT NULL, at timestamptz NOT NULL, note text) "
        "PARTITION BY RANGE (at)");
    Sql("CREATE TABLE public.things_1 PARTITION OF public.things FOR VALUES FROM ('2024-01-01') "
        "TO ('2024-02-01')");
    Sql("CREATE TABLE public.things_2 PARTITION OF public.things FOR VALUES FROM ('2024-02-01') "
        "TO ('2024-03-01')");
    Sql("CREATE TABLE public.things_3 PARTITION OF public.things FOR VALUES FROM ('2090-01-01') "
        "TO ('2090-02-01')");
    Sql("INSERT INTO public.things SELECT i * " + std::to_string(step) +
        ", '2024-01-05'::timestamptz + i % 2 * interval '1 month', md5(i::text) "
        "FROM generate_series(1, " +
        std::to_string(2 * rows) + ") i");
    Sql("INSERT INTO public.things VALUES (1000001, '2090-01-02', 'young')");
    UseS3();
    std::ofstream(config(), std::ios::app)
        << "[[source]]\ntable = \"public.things\"\nid_column = \"id\"\ngrace = \"0\"\n";
    ASSERT_EQ(Pgattic({"init"}).code, 0);
    for (const char* name : {"things_1", "things_2"}) {
      const Ran ran = Pgattic({"archive", "--partition", name, "--run-single-part-size", "1",
                               "--run-part-size", "64KiB", "--run-workers", "1"});
      ASSERT_EQ(ran.code, 0) << ran.err;
    }
    tap_ = std::make_unique<HttpTap>(s3().port());
    s3::S3Options options = s3().OptionsFor(bucket());
    options.endpoint = tap_->endpoint();
    store_ = s3::S3ObjectStore::Open(options).value();
    pool_ = std::make_unique<pg::Pool>(pg::ConnectOptions{url(), "reader"}, 8);
    auto lease = pool_->Acquire({});
    ASSERT_TRUE(lease.ok());
    source_ = catalog::LoadSource({}, **lease, {"public", "things"}, "id").value();
  }
  /// A reader that remembers nothing yet.
  void Open(cache::RowCache* cache = nullptr, store::ObjectStore* copy = nullptr,
            lookup::DiskCache* disk = nullptr) {
    reader_.reset();
    reader_ = std::make_unique<lookup::SourceReader>(
        lookup::Backends{
            .pool = *pool_, .store = *store_, .cache = cache, .copy = copy, .disk = disk},
        source_, options_);
    tap_->TakeRecords();
  }
  lookup::Answer Get(const std::string& id, const std::optional<std::string>& at = std::nullopt) {
    return reader_->Get(OpContext().WithDeadline(std::chrono::seconds(30)), id, at).value();
  }
  std::size_t Gets() const {
    const auto records = tap_->TakeRecords();
    return static_cast<std::size_t>(std::count_if(records.begin(), records.end(),
                                                  [](const auto& r) { return r.method == "GET"; }));
  }
  static std::string Note(const lookup::Answer& answer) {
    const auto row = nlohmann::json::parse(answer.row_json, nullptr, false);
    return row.is_object() ? row.value("note", "?") : "?";
  }

  std::unique_ptr<HttpTap> tap_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<pg::Pool> pool_;
  std::unique_ptr<lookup::RowReader> reader_;
  catalog::SourceTable source_;
  lookup::SourceReaderOptions options_;
};

}  // namespace pgattic::test
