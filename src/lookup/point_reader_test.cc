#include "lookup/point_reader.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <vector>

#include "columnar/test_support.h"
#include "store/forwarding_object_store.h"
#include "store/memory_object_store.h"

namespace pgattic::lookup {
namespace {

using columnar::testing::Big;
using columnar::testing::CopyStream;
using columnar::testing::MakeColumn;
using columnar::testing::MakeSchema;
using columnar::testing::Text;
using columnar::testing::WritePart;

/// Notes what is asked for, and how many do so at a time.
class WatchedStore final : public store::ForwardingObjectStore {
 public:
  using ForwardingObjectStore::ForwardingObjectStore;
  Result<std::string> Get(const OpContext& ctx, const std::string& key,
                          const store::ReadOptions& options) override {
    std::unique_lock lock(mutex_);
    if (options.range) ranges.push_back(*options.range);
    most_at_a_time = std::max(most_at_a_time, ++under_way_);
    changed_.notify_all();
    changed_.wait_for(lock, std::chrono::seconds(20),
                      [this] { return most_at_a_time >= wait_for_others; });
    --under_way_;
    lock.unlock();
    return inner().Get(ctx, key, options);
  }
  std::string Describe() const override { return "watched"; }

  std::vector<store::ByteRange> ranges;
  int most_at_a_time = 0;
  int wait_for_others = 0;  ///< A call goes on once so many were under way.

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int under_way_ = 0;
};

/// Letters that do not compress well.
std::string Noise(std::size_t length) {
  static std::mt19937_64 random(7);
  std::string text(length, ' ');
  for (char& letter : text) letter = static_cast<char>('0' + random() % 64);
  return text;
}

class PointReaderTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kPlenty = 64 << 20;

  /// Puts a part of `rows` rows, each a row group of its own, with the ids 0, 10, 20 … Each is at
  /// the edge of its row group, so that the two beside it may hold it as well (columnar::MayBeIn).
  model::PartRecord Put(const std::string& key, int rows, std::size_t row_bytes) {
    CopyStream stream;
    for (int i = 0; i < rows; ++i) stream.Add({Big(std::int64_t{i} * 10), Text(Noise(row_bytes))});
    const auto schema = MakeSchema({MakeColumn("id", 20, -1, false), MakeColumn("t", 25)});
    const auto part = WritePart(schema, stream.End().bytes(), {.row_group_bytes = 1}).value();
    const auto info = memory_.Put({}, key, AsBytes(part.bytes), {}).value();
    model::PartRecord record;
    record.key = key;
    record.rows = rows;
    record.bytes = part.summary.file_bytes;
    record.footer_bytes = part.summary.footer_bytes;
    record.etag = info.etag;
    return record;
  }
  /// How many requests it took to read `ids`, each of which is there.
  std::size_t RequestsFor(PointReader& reader, const model::PartRecord& part,
                          const std::vector<std::string>& ids) {
    watched_.ranges.clear();
    const auto rows = reader.Read({}, part, ids);
    EXPECT_TRUE(rows.ok()) << rows.error().ToString();
    for (std::size_t i = 0; rows.ok() && i < ids.size(); ++i) {
      EXPECT_EQ(rows->at(i).size(), 1U) << ids[i];
      EXPECT_TRUE(rows->at(i).front().json.starts_with("{\"id\": " + ids[i] + ","));
    }
    return watched_.ranges.size();
  }

  store::MemoryObjectStore memory_;
  WatchedStore watched_{memory_};
  SteadyReads reads_{watched_, SystemClock(), {.hedge_quantile = 2}};
};

TEST_F(PointReaderTest, NeighbouringRowGroupsShareARequest) {
  const auto part = Put("p", 40, std::size_t{16} << 10U);
  PointReader reader(reads_, kPlenty, "");
  EXPECT_EQ(RequestsFor(reader, part, {"0"}), 2U) << "the footer first";
  EXPECT_EQ(RequestsFor(reader, part, {"0"}), 1U);
  EXPECT_EQ(RequestsFor(reader, part, {"30", "10", "20", "200"}), 2U) << "0 to 4, and 19 to 21";
  std::vector<std::string> all;
  for (int i = 0; i < 40; ++i) all.push_back(std::to_string(i * 10));
  EXPECT_EQ(RequestsFor(reader, part, all), 1U);
}

TEST_F(PointReaderTest, ARequestIsNoLongerThan4MiB) {
  const auto part = Put("p", 12, std::size_t{1} << 20U);
  PointReader reader(reads_, kPlenty, "");
  std::vector<std::string> all;
  for (int i = 0; i < 12; ++i) all.push_back(std::to_string(i * 10));
  const std::size_t requests = RequestsFor(reader, part, all) - 1;
  EXPECT_GE(requests, 3U);
  EXPECT_LE(requests, 4U);
  for (const auto& range : watched_.ranges) EXPECT_LE(range.length, std::int64_t{4} << 20U);
}

TEST_F(PointReaderTest, FourRequestsOfOneCallAreUnderWayAtATime) {
  const auto part = Put("p", 40, std::size_t{16} << 10U);
  PointReader reader(reads_, kPlenty, "");
  RequestsFor(reader, part, {"0"});
  watched_.wait_for_others = 4;
  std::vector<std::string> scattered;
  for (int i = 0; i < 40; i += 4) scattered.push_back(std::to_string(i * 10));
  EXPECT_EQ(RequestsFor(reader, part, scattered), 10U);
  EXPECT_EQ(watched_.most_at_a_time, 4);
}

TEST_F(PointReaderTest, KeepsFootersByTheirBytes) {
  const auto one = Put("one", 40, 100);
  const auto other = Put("other", 40, 100);
  PointReader roomy(reads_, kPlenty, "");
  EXPECT_EQ(RequestsFor(roomy, one, {"0"}) + RequestsFor(roomy, other, {"0"}), 4U);
  EXPECT_EQ(RequestsFor(roomy, one, {"0"}) + RequestsFor(roomy, other, {"0"}), 2U);
  PointReader narrow(reads_, 1, "");
  EXPECT_EQ(RequestsFor(narrow, one, {"0"}), 2U);
  EXPECT_EQ(RequestsFor(narrow, one, {"0"}), 1U) << "the last one is always kept";
  EXPECT_EQ(RequestsFor(narrow, other, {"0"}), 2U);
  EXPECT_EQ(RequestsFor(narrow, one, {"0"}), 2U) << "the other took its place";
}

TEST_F(PointReaderTest, AnotherObjectUnderTheKeyIsNotRead) {
  const auto part = Put("p", 4, 100);
  const auto other = Put("q", 4, 100);
  PointReader reader(reads_, kPlenty, "");
  RequestsFor(reader, part, {"0"});
  const std::string bytes = memory_.Get({}, "q", {}).value();
  ASSERT_TRUE(memory_.Delete({}, "p", {.if_match = part.etag}).ok());
  ASSERT_TRUE(memory_.Put({}, "p", AsBytes(bytes), {}).ok());
  EXPECT_EQ(reader.Read({}, part, {"0"}).code(), Code::kConflict);
  // Another store has other ETags: there the row has to lie where the part's own footer says.
  PointReader of_copy(reads_, kPlenty, "", PointReader::Check::kRows);
  ASSERT_EQ(RequestsFor(of_copy, part, {"0"}), 2U);
  ASSERT_TRUE(memory_.Delete({}, "p", {.if_match = memory_.Head({}, "p", "")->etag}).ok());
  ASSERT_TRUE(memory_.Put({}, "p", AsBytes(bytes.substr(0, 50)), {}).ok());
  EXPECT_FALSE(of_copy.Read({}, part, {"30"}).ok());
}

}  // namespace
}  // namespace pgattic::lookup
