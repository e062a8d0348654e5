#include "lookup/tiered_parts.h"

#include <gtest/gtest.h>

namespace pgattic::lookup {
namespace {

using std::chrono::milliseconds;

/// A place that has the row "id", or hangs until its caller's time is over.
class OnePlace final : public Parts {
 public:
  explicit OnePlace(bool hangs) : hangs_(hangs) {}
  std::vector<std::string> MayHold(const OpContext& ctx, const model::PartRecord& /*part*/,
                                   const std::vector<std::string>& ids) override {
    if (!Answers(ctx).ok()) return ids;
    return {"id"};
  }
  Result<RowsOfIds> Read(const OpContext& ctx, const model::PartRecord& /*part*/,
                         const std::vector<std::string>& ids) override {
    PGATTIC_RETURN_IF_ERROR(Answers(ctx));
    RowsOfIds rows;
    for (const std::string& id : ids) {
      rows.emplace_back();
      if (id == "id") rows.back().push_back({.json = "row"});
    }
    return rows;
  }

 private:
  Status Answers(const OpContext& ctx) const {
    return hangs_ ? ctx.SleepFor(std::chrono::hours(1)) : ctx.Check();
  }
  const bool hangs_;
};

class TieredPartsTest : public ::testing::Test {
 protected:
  ManualClock clock_{WallTime()};
  OpContext ctx_ = OpContext(clock_, std::stop_token()).WithDeadline(milliseconds(800));
  OnePlace hung_{true};
  OnePlace good_{false};
  model::PartRecord part_;
};

TEST_F(TieredPartsTest, AHungPlaceLeavesTimeForFilterAndRowOfTheNext) {
  TieredParts tiers({{Tier::kArchive, &hung_}, {Tier::kCopy, &good_}}, nullptr);
  EXPECT_EQ(tiers.MayHold(ctx_, part_, {"id", "none"}), std::vector<std::string>{"id"});
  const auto rows = tiers.Read(ctx_, part_, {"id"});
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  ASSERT_EQ(rows->front().size(), 1U);
  EXPECT_EQ(rows->front().front().tier, Tier::kCopy);
}

TEST_F(TieredPartsTest, TheLastPlaceHasAllTheTimeThatIsLeft) {
  TieredParts tiers({{Tier::kArchive, &hung_}, {Tier::kCopy, &hung_}}, nullptr);
  EXPECT_EQ(tiers.Read(ctx_, part_, {"id"}).code(), Code::kDeadlineExceeded);
  EXPECT_EQ(ctx_.Remaining(milliseconds(800)), milliseconds(0));
}

}  // namespace
}  // namespace pgattic::lookup
