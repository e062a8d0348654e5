#include "store/paced_object_store.h"

#include <gtest/gtest.h>

#include "store/memory_object_store.h"

namespace pgattic::store {
namespace {

class Paced : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(inner_.Put(ctx_, "key", AsBytes("0123456789"), {}).ok()); }

  OpContext ctx_;
  MemoryObjectStore inner_;
};

TEST_F(Paced, WhatIsReadIsCountedAndHandedOn) {
  std::vector<std::int64_t> counted;
  PacedObjectStore paced(inner_, [&](const OpContext& /*ctx*/, std::int64_t bytes) {
    counted.push_back(bytes);
    return Status::Ok();
  });
  EXPECT_EQ(paced.Get(ctx_, "key", {}).value(), "0123456789");
  EXPECT_EQ(paced.Get(ctx_, "key", {ByteRange{8, 9}, {}, {}}).value(), "89");
  EXPECT_TRUE(paced.Get(ctx_, "other", {}).Is(Code::kNotFound));
  EXPECT_EQ(counted, (std::vector<std::int64_t>{10, 2}));
  EXPECT_EQ(paced.Describe(), inner_.Describe());
}

TEST_F(Paced, WhoMayNotWaitAnyLongerGetsNothing) {
  PacedObjectStore paced(inner_, [](const OpContext& /*ctx*/, std::int64_t /*bytes*/) {
    return Status(Code::kCancelled, "stopped");
  });
  EXPECT_TRUE(paced.Get(ctx_, "key", {}).Is(Code::kCancelled));
}

}  // namespace
}  // namespace pgattic::store
