#include "engine/athena_error.h"

#include <gtest/gtest.h>

namespace pgattic::engine {
namespace {

Code CodeOf(int status, const std::string& type) {
  return FromAthenaHttp(status, R"({"__type":")" + type + R"(","message":"m"})", "u").code();
}

TEST(AthenaHttp, ThrottlingIsNoFailure) {
  for (const char* type : {"ThrottlingException", "TooManyRequestsException",
                           "com.amazonaws.athena#TooManyRequestsException:http://internal/"}) {
    EXPECT_EQ(CodeOf(400, type), Code::kUnavailable) << type;
  }
  EXPECT_EQ(CodeOf(400, "InvalidRequestException"), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(400, "AccessDeniedException"), Code::kPermissionDenied);
  EXPECT_EQ(CodeOf(403, "InvalidSignatureException"), Code::kPermissionDenied);
  EXPECT_EQ(CodeOf(400, "ExpiredTokenException"), Code::kPermissionDenied);
  EXPECT_EQ(CodeOf(400, "MetadataException"), Code::kFailedPrecondition);
  EXPECT_EQ(CodeOf(500, "InternalServerException"), Code::kUnavailable);
}

TEST(AthenaHttp, WhatHasNoNameGoesByItsStatus) {
  EXPECT_EQ(FromAthenaHttp(403, "<html>", "u").code(), Code::kPermissionDenied);
  EXPECT_EQ(FromAthenaHttp(503, "", "u").code(), Code::kUnavailable);
  EXPECT_EQ(FromAthenaHttp(429, "[]", "u").code(), Code::kUnavailable);
  EXPECT_EQ(FromAthenaHttp(400, "{}", "u").error().origin.system, "http");
  EXPECT_EQ(FromAthenaHttp(302, "", "u").code(), Code::kInternal);
}

TEST(AthenaHttp, SaysWhatAthenaSaid) {
  const Status status = FromAthenaHttp(
      400, R"({"__type":"ThrottlingException","Message":"Rate exceeded"})", "https://a");
  EXPECT_EQ(status.error().message,
            "https://a answers HTTP 400, \"Rate exceeded\"; Athena throttles: try later");
  EXPECT_EQ(status.error().origin.code, "ThrottlingException");
}

TEST(AthenaReason, NamesAnErrorOfTheEngine) {
  const Status status = FromAthenaReason("TABLE_NOT_FOUND: line 1:15: no table", 2);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.error().origin.system, "athena");
  EXPECT_EQ(status.error().origin.code, "TABLE_NOT_FOUND");
  EXPECT_TRUE(status.error().message.starts_with("line 1:15: no table"));
  EXPECT_EQ(FromAthenaReason("HIVE_BAD_DATA: x", 2).code(), Code::kCorruption);
  for (const int category : {0, 1, 2, 3}) {
    EXPECT_EQ(FromAthenaReason("EXCEEDED_LOCAL_MEMORY_LIMIT: x", category).code(),
              Code::kResourceExhausted);
  }
  EXPECT_EQ(FromAthenaReason("SOME_NEW_ERROR: x", 2).code(), Code::kInvalidArgument);
  EXPECT_EQ(FromAthenaReason("SOME_NEW_ERROR: x", 1).code(), Code::kUnavailable);
}

TEST(AthenaReason, MayBeWordsAlone) {
  EXPECT_EQ(FromAthenaReason("Bytes scanned limit was exceeded", 2).code(),
            Code::kResourceExhausted);
  EXPECT_EQ(FromAthenaReason("Query exhausted resources at this scale factor", 1).code(),
            Code::kResourceExhausted);
  EXPECT_EQ(FromAthenaReason("Query timeout", 2).code(), Code::kDeadlineExceeded);
  EXPECT_EQ(FromAthenaReason("Access Denied (Service: S3)", 2).code(), Code::kPermissionDenied);
  EXPECT_EQ(FromAthenaReason("line 1:8: wrong", 2).code(), Code::kInvalidArgument);
  EXPECT_EQ(FromAthenaReason("", 0).code(), Code::kInternal);
}

}  // namespace
}  // namespace pgattic::engine
