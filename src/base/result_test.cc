#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>

namespace pgattic {
namespace {

static_assert(!std::is_copy_constructible_v<Status>, "a copied Status could be lost unseen");
static_assert(!std::is_copy_assignable_v<Status>);
static_assert(sizeof(Status) == sizeof(void*), "the success path carries one pointer");

Result<int> Half(int number) {
  if (number % 2 != 0) return {Code::kInvalidArgument, "odd: " + std::to_string(number)};
  return number / 2;
}

Result<std::string> QuarterText(int number) {
  PGATTIC_ASSIGN_OR_RETURN(const int half, Half(number));
  PGATTIC_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return std::to_string(quarter);
}

Status CheckEven(int number, int& calls) {
  PGATTIC_RETURN_IF_ERROR(Half(number).status());
  ++calls;
  return Status::Ok();
}

TEST(Status, IsOkUnlessMadeOfAnError) {
  EXPECT_TRUE(Status().ok());
  EXPECT_TRUE(Status::Ok().ok());
  EXPECT_EQ(Status().ToString(), "ok");
  const Status status(Code::kConflict, "lost", {"s3", "PreconditionFailed"});
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(status.Is(Code::kConflict));
  EXPECT_FALSE(status.Is(Code::kInternal));
  EXPECT_EQ(status.error().origin.code, "PreconditionFailed");
}

TEST(Status, OkIsOfNoCode) { EXPECT_FALSE(Status().Is(Code::kInvalidArgument)); }

TEST(Status, WhileGrowsOutwards) {
  const Status status = Status(Code::kInternal, "m").While("inner").While("outer");
  EXPECT_EQ(status.ToString(), "m, while inner, while outer");
}

TEST(Status, WhileLeavesSuccessAlone) { EXPECT_TRUE(Status().While("doing").ok()); }

TEST(Status, CloneIsACopyOfItsOwn) {
  Status original(Code::kInternal, "m");
  const Status copy = original.Clone();
  original = std::move(original).While("later");
  EXPECT_EQ(copy.ToString(), "m");
  EXPECT_EQ(original.ToString(), "m, while later");
  EXPECT_TRUE(Status().Clone().ok());
}

TEST(StatusDeathTest, HasNoCodeWhenOk) {
  EXPECT_DEATH(static_cast<void>(Status().code()), "error\\(\\) of an OK status");
}

TEST(Result, HoldsEitherAValueOrAnError) {
  const Result<int> good = Half(8);
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(*good, 4);
  EXPECT_TRUE(good.status().ok());
  const Result<int> bad = Half(7);
  ASSERT_FALSE(bad.ok());
  EXPECT_TRUE(bad.Is(Code::kInvalidArgument));
  EXPECT_EQ(bad.status().ToString(), "odd: 7");
}

TEST(Result, CarriesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(3));
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 3);
}

TEST(Result, WhileTouchesErrorsOnly) {
  EXPECT_EQ(*Half(8).While("halving"), 4);
  EXPECT_EQ(Half(7).While("halving").status().ToString(), "odd: 7, while halving");
}

TEST(Result, MacroGivesTheFirstErrorAndStopsThere) {
  EXPECT_EQ(QuarterText(12).value(), "3");
  EXPECT_EQ(QuarterText(7).status().ToString(), "odd: 7");
  EXPECT_EQ(QuarterText(6).status().ToString(), "odd: 3");
}

TEST(Result, ReturnIfErrorStopsBeforeWhatFollows) {
  int calls = 0;
  EXPECT_TRUE(CheckEven(4, calls).ok());
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(CheckEven(5, calls).Is(Code::kInvalidArgument));
  EXPECT_EQ(calls, 1);
}

TEST(ResultDeathTest, ReadingTheValueOfAnErrorNamesTheError) {
  EXPECT_DEATH(static_cast<void>(*Half(7)), "odd: 7");
}

TEST(ResultDeathTest, CannotBeMadeOfAnOkStatus) {
  EXPECT_DEATH(static_cast<void>(Result<int>(Status::Ok())), "a Result made of an OK status");
}

}  // namespace
}  // namespace pgattic
