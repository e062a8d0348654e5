#include "base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace pgattic {
namespace {

Code CodeAt(int index) { return static_cast<Code>(index); }

TEST(ErrorTable, HasItsOwnRowForEachCode) {
  std::set<std::string_view> names;
  std::set<std::string_view> labels;
  for (int index = 0; index < kCodeCount; ++index) {
    const CodeTraits& traits = TraitsOf(CodeAt(index));
    EXPECT_EQ(traits.code, CodeAt(index)) << traits.name;
    names.insert(traits.name);
    labels.insert(traits.label);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kCodeCount));
  EXPECT_EQ(labels.size(), static_cast<std::size_t>(kCodeCount));
}

TEST(ErrorTable, LabelsAreTheNamesInSnakeCase) {
  for (int index = 0; index < kCodeCount; ++index) {
    const CodeTraits& traits = TraitsOf(CodeAt(index));
    std::string snake;
    for (const char letter : traits.name) {
      const bool upper = letter >= 'A' && letter <= 'Z';
      if (upper && !snake.empty()) snake.push_back('_');
      snake.push_back(upper ? static_cast<char>(letter - 'A' + 'a') : letter);
    }
    EXPECT_EQ(traits.label, snake);
  }
}

TEST(ErrorTable, NoCodeExitsAsSuccessOrAnswersAsSuccess) {
  for (int index = 0; index < kCodeCount; ++index) {
    const CodeTraits& traits = TraitsOf(CodeAt(index));
    EXPECT_TRUE(traits.exit_code == 1 || traits.exit_code == 2 || traits.exit_code == 75)
        << traits.name;
    EXPECT_GE(traits.http_status, 400) << traits.name;
    EXPECT_LT(traits.http_status, 600) << traits.name;
  }
}

TEST(ErrorTable, AbsentIsAnAnswerAndUnavailableIsNot) {
  EXPECT_EQ(TraitsOf(Code::kNotFound).http_status, 404);
  EXPECT_EQ(TraitsOf(Code::kNotFound).retry, RetryClass::kNever);
  EXPECT_EQ(TraitsOf(Code::kUnavailable).http_status, 503);
  EXPECT_EQ(TraitsOf(Code::kUnavailable).retry, RetryClass::kSameCall);
  for (int index = 0; index < kCodeCount; ++index) {
    if (CodeAt(index) != Code::kNotFound) {
      EXPECT_NE(TraitsOf(CodeAt(index)).http_status, 404) << TraitsOf(CodeAt(index)).name;
    }
  }
}

TEST(ErrorTable, WhatMayHaveHappenedIsNeverSimplyRepeated) {
  EXPECT_EQ(TraitsOf(Code::kInDoubt).retry, RetryClass::kReReadFirst);
  EXPECT_EQ(TraitsOf(Code::kConflict).retry, RetryClass::kReReadFirst);
  EXPECT_EQ(TraitsOf(Code::kAlreadyExists).retry, RetryClass::kReReadFirst);
  EXPECT_EQ(TraitsOf(Code::kCorruption).retry, RetryClass::kNever);
}

TEST(ErrorTable, DeferredAndUsageHaveTheirOwnExitCodes) {
  EXPECT_EQ(TraitsOf(Code::kInvalidArgument).exit_code, 2);
  EXPECT_EQ(TraitsOf(Code::kDeferred).exit_code, 75);
  EXPECT_EQ(TraitsOf(Code::kInternal).exit_code, 1);
}

TEST(Error, PrintsMessageOriginAndTheChainInnermostFirst) {
  const Error error{Code::kUnavailable,
                    "the bucket does not answer",
                    {"http", "503"},
                    {"writing part 7", "archiving games_2024_01"}};
  EXPECT_EQ(error.ToString(),
            "the bucket does not answer (http 503), while writing part 7, while archiving "
            "games_2024_01");
}

TEST(Error, PrintsTheMessageAloneWhenThatIsAllThereIs) {
  EXPECT_EQ((Error{Code::kNotFound, "no such id", {}, {}}).ToString(), "no such id");
}

}  // namespace
}  // namespace pgattic
