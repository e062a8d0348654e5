// Erase, as readers see it: the rows of others are there all the time, those that go are there or
// erased.
#include "copied_archive.h"
#include "lookup/source_reader.h"
#include "pg/pool.h"
#include "store/file_object_store.h"

namespace pgattic::test {
namespace {

using lookup::Availability;

class EraseUnderReaders : public CopiedArchive {
 protected:
  /// A reader as `pgattic serve` has one, with its own sessions.
  void MakeReader() {
    pool_ = std::make_unique<pg::Pool>(pg::ConnectOptions{url(), "reader"}, 4);
    auto store = store::FileObjectStore::Open({archive_folder()});
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    store_ = std::move(*store);
    auto lease = pool_->Acquire({});
    ASSERT_TRUE(lease.ok());
    const auto source = catalog::LoadSource({}, **lease, {"public", "past_games"}, "gid").value();
    reader_ = std::make_unique<lookup::SourceReader>(
        lookup::Backends{*pool_, *store_, nullptr, nullptr}, source, lookup::SourceReaderOptions{});
  }
  Availability Asked(const std::string& id) {
    const auto answer = reader_->Get(OpContext(), id, std::nullopt);
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    return answer.ok() ? answer->availability : Availability::kTemporarilyUnavailable;
  }

  std::unique_ptr<pg::Pool> pool_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<lookup::SourceReader> reader_;
};

TEST_F(EraseUnderReaders, NoneMissesARowThatStays) {
  LoadMonths({1, 2, 3}, 60);
  Configure("file://" + archive_folder(),
            "workers = 2\nsingle_part_size = 1\npart_size = \"128KiB\"\n");
  Works({"init"});
  const auto all = Sql("SELECT DISTINCT gid FROM public.past_games ORDER BY 1");
  Works({"archive", "--partition", "past_games_2024_01"});
  Works({"archive", "--partition", "past_games_2024_02", "--source-grace", "1h"});
  MakeReader();
  // Every tenth goes, of every month and phase.
  std::vector<std::string> command = {"erase"};
  std::vector<std::string> staying;
  std::set<std::string> erased;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % 10 == 0) {
      command.push_back(all[i]);
    } else {
      staying.push_back(all[i]);
    }
  }
  const std::vector<std::string> going(command.begin() + 1, command.end());
  const auto program = Begin(command, {});
  std::size_t asked = 0;
  for (bool is_over = false; !is_over || asked < staying.size(); ++asked) {
    is_over = program->TryWait().has_value();
    ASSERT_EQ(Asked(staying[asked % staying.size()]), Availability::kAvailable) << asked;
    const std::string& id = going[asked % going.size()];
    const Availability is = Asked(id);
    ASSERT_TRUE(is == Availability::kErased ||
                (is == Availability::kAvailable && !erased.contains(id)))
        << id;
    if (is == Availability::kErased) erased.insert(id);
  }
  EXPECT_TRUE(program->Wait(OpContext())->ok()) << program->Stderr();
  for (const std::string& id : going) EXPECT_EQ(Asked(id), Availability::kErased) << id;
}

}  // namespace
}  // namespace pgattic::test
