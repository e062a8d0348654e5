// Readers of `pgattic serve` while months are archived, rolled back and archived again: no row is
// ever missed, none is older than what was committed before it was asked for.
#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "served_archive.h"

namespace pgattic::test {
namespace {

class MovingRowsTest : public ServedArchive {
 protected:
  static constexpr int kReaders = 4;
  static constexpr int kLeastReads = 3000;  ///< While months are archived, and while rolled back.
  static constexpr int kMostRounds = 12;

  void SetUp() override {
    ServedArchive::SetUp();
    for (const std::string& id :
         Sql("SELECT gid FROM public.past_games ORDER BY md5(gid) LIMIT 40")) {
      ids_.push_back(id);
    }
    changing_ = One("SELECT max(gid) FROM public.past_games_2024_02");
    std::erase(ids_, changing_);
  }
  /// The part of the answer that is the row, whichever tier gave it.
  static std::string RowOf(const Page& page) {
    const std::size_t at = page.body.find("\"row\":");
    return at == page.body.npos ? "" : page.body.substr(at);
  }
  void LearnTruth() {
    for (const std::string& id : ids_) truth_[id] = RowOf(Read(id));
    ASSERT_EQ(RowOf(Read(ids_.front())), truth_[ids_.front()]);
  }
  Page Read(const std::string& id) const { return web().Get("/v1/rows/public.past_games/" + id); }

  /// Reads until it is told to stop.
  void ReadAll(const std::stop_token& stop, std::size_t first) {
    for (std::size_t i = first; !stop.stop_requested(); ++i) {
      const std::string& id = ids_[i % ids_.size()];
      const Page page = Read(id);
      ++reads_;
      const bool is_right = page.status == 200 && RowOf(page) == truth_.at(id);
      if (!is_right && ++wrong_ < 5) ADD_FAILURE() << id << ": " << page.status << page.body;
    }
  }
  /// Reads the row that changes.
  void Follow(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const int least = committed_;
      const Page page = Read(changing_);
      ++reads_;
      const auto stats = page.json()["row"]["stats"];
      const int seen = stats.is_object() ? stats.value("version", 0) : -1;
      if (page.status == 200 && seen >= least) continue;
      if (++wrong_ < 5) ADD_FAILURE() << "version " << seen << " after " << least << page.status;
    }
  }
  /// Changes it, where it is in the database, so many times.
  void Change(int times) {
    const auto writer = pg::Connection::Open({}, {url(), "writer"}).value();
    for (int i = 0; i < times; ++i) {
      const int version = committed_ + 1;
      const auto changed = writer->Exec(
          {},
          "UPDATE public.past_games SET stats = jsonb_build_object('version', $1::int) "
          "WHERE gid = $2 RETURNING 1",
          {std::to_string(version), changing_});
      if (changed.ok() && !changed->empty()) committed_ = version;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  /// Runs the program, and adds the reads that began and ended while it ran.
  Ran Move(const std::vector<std::string>& arguments, int& reads) {
    // Each reader may end one that it had begun before.
    const int before = reads_ + kReaders + 1;
    Ran ran = Pgattic(arguments);
    reads += std::max(reads_ - before, 0);
    return ran;
  }
  bool IsReadEnough() const {
    return reads_while_archived_ >= kLeastReads && reads_while_rolled_back_ >= kLeastReads;
  }
  void RollBackAll() {
    for (const char* month : {"past_games_2024_02", "past_games_2024_01", "past_games_2024_03"}) {
      const Ran back = Move({"rollback", month}, reads_while_rolled_back_);
      ASSERT_EQ(back.code, 0) << back.err;
      Change(5);
    }
  }
  /// Runs the archiver until every month stands at `phase`.
  void ArchiveUntil(const std::string& phase) {
    const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(2));
    const std::string left =
        "SELECT 3 - count(*) FROM pgattic.archive WHERE phase = '" + phase + "'";
    while (One(left) != "0") {
      ASSERT_TRUE(limit.Check().ok()) << "some month never is " << phase;
      const Ran ran = Move({"archive", "--until", phase, "--source-allow-changes", "true"},
                           reads_while_archived_);
      ASSERT_TRUE(ran.code == 0 || ran.code == 75) << ran.err;
    }
  }

  std::vector<std::string> ids_;
  std::map<std::string, std::string> truth_;
  std::string changing_;
  std::atomic<int> committed_{0};
  std::atomic<int> reads_{0};
  std::atomic<int> wrong_{0};
  int reads_while_archived_ = 0;
  int reads_while_rolled_back_ = 0;
};

TEST_F(MovingRowsTest, AreNeverMissedAndNeverOld) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  StartServing();
  LearnTruth();
  std::vector<std::jthread> readers;
  for (std::size_t i = 0; i < kReaders; ++i) {
    readers.emplace_back([this, i](const std::stop_token& stop) { ReadAll(stop, i * 10); });
  }
  readers.emplace_back([this](const std::stop_token& stop) { Follow(stop); });
  int rounds = 0;
  for (; rounds < 2 || (rounds < kMostRounds && !IsReadEnough()); ++rounds) {
    std::jthread writer([this] { Change(150); });
    ArchiveUntil("detached");
    writer.join();
    RollBackAll();
    if (HasFatalFailure()) return;
  }
  ArchiveUntil("archived");
  EXPECT_GE(reads_while_archived_, kLeastReads) << "in " << rounds << " rounds";
  EXPECT_GE(reads_while_rolled_back_, kLeastReads) << "in " << rounds << " rounds";
  readers.clear();
  EXPECT_EQ(wrong_, 0) << "of " << reads_;
  EXPECT_GT(committed_, 100);
  EXPECT_EQ(Read(changing_).json()["row"]["stats"]["version"], committed_.load());
  RecordProperty("reads", reads_);
  RecordProperty("reads while archived", reads_while_archived_);
  RecordProperty("reads while rolled back", reads_while_rolled_back_);
}

}  // namespace
}  // namespace pgattic::test
