#include "columnar/arrow_error.h"

#include <gtest/gtest.h>
#include <parquet/exception.h>

#include <new>
#include <stdexcept>

namespace pgattic::columnar {
namespace {

template <typename Exception>
Code Guarded(ArrowUse use, const Exception& exception) {
  return GuardParquet(use, [&]() -> Status { throw exception; }).code();
}

TEST(ArrowErrorTest, EveryExceptionBecomesACode) {
  const parquet::ParquetException parquet("bad page");
  const parquet::ParquetStatusException no_memory(arrow::Status::OutOfMemory("no"));
  const parquet::ParquetStatusException io(arrow::Status::IOError("no"));
  const std::bad_alloc bad_alloc;
  const std::out_of_range other("index");
  EXPECT_EQ(Guarded(ArrowUse::kReading, parquet), Code::kCorruption);
  EXPECT_EQ(Guarded(ArrowUse::kReading, io), Code::kCorruption);
  EXPECT_EQ(Guarded(ArrowUse::kReading, other), Code::kCorruption);
  EXPECT_EQ(Guarded(ArrowUse::kWriting, parquet), Code::kInternal);
  EXPECT_EQ(Guarded(ArrowUse::kWriting, io), Code::kInternal);
  for (const ArrowUse use : {ArrowUse::kReading, ArrowUse::kWriting}) {
    EXPECT_EQ(Guarded(use, no_memory), Code::kResourceExhausted);
    EXPECT_EQ(Guarded(use, bad_alloc), Code::kResourceExhausted);
  }
}

TEST(ArrowErrorTest, ResultsPassThrough) {
  const auto seven = GuardParquet(ArrowUse::kReading, [] { return Result<int>(7); });
  EXPECT_EQ(*seven, 7);
}

TEST(ArrowErrorTest, StatusesKeepTheirMessage) {
  const Status status = FromArrow(arrow::Status::Invalid("page 7"), ArrowUse::kReading);
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.ToString().find("page 7"), std::string::npos);
}

}  // namespace
}  // namespace pgattic::columnar
