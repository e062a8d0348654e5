#include "engine/trino_error.h"

#include <gtest/gtest.h>

namespace pgattic::engine {
namespace {

TEST(TrinoErrors, GoByNameThenByType) {
  EXPECT_EQ(CodeOfTrinoError("SYNTAX_ERROR", "USER_ERROR"), Code::kInvalidArgument);
  EXPECT_EQ(CodeOfTrinoError("PERMISSION_DENIED", "USER_ERROR"), Code::kPermissionDenied);
  EXPECT_EQ(CodeOfTrinoError("NOT_SUPPORTED", "USER_ERROR"), Code::kUnsupported);
  EXPECT_EQ(CodeOfTrinoError("USER_CANCELED", "USER_ERROR"), Code::kCancelled);
  EXPECT_EQ(CodeOfTrinoError("EXCEEDED_TIME_LIMIT", "INSUFFICIENT_RESOURCES"),
            Code::kDeadlineExceeded);
  EXPECT_EQ(CodeOfTrinoError("EXCEEDED_LOCAL_MEMORY_LIMIT", "INSUFFICIENT_RESOURCES"),
            Code::kResourceExhausted);
  EXPECT_EQ(CodeOfTrinoError("QUERY_QUEUE_FULL", "INSUFFICIENT_RESOURCES"), Code::kUnavailable);
  EXPECT_EQ(CodeOfTrinoError("HIVE_BAD_DATA", "EXTERNAL"), Code::kCorruption);
  EXPECT_EQ(CodeOfTrinoError("HIVE_UNKNOWN_ERROR", "EXTERNAL"), Code::kUnavailable);
  EXPECT_EQ(CodeOfTrinoError("NO_NODES_AVAILABLE", "INTERNAL_ERROR"), Code::kUnavailable);
  EXPECT_EQ(CodeOfTrinoError("GENERIC_INTERNAL_ERROR", "INTERNAL_ERROR"), Code::kInternal);
  EXPECT_EQ(CodeOfTrinoError("", ""), Code::kInternal);
}

TEST(TrinoErrors, NameTheirRemedyAndOrigin) {
  const Status status =
      FromTrino({"TABLE_NOT_FOUND", "USER_ERROR", "Table 'a' does not exist"}, "athena");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.error().origin.system, "athena");
  EXPECT_EQ(status.error().origin.code, "TABLE_NOT_FOUND");
  EXPECT_NE(status.error().message.find("pgattic ddl"), std::string::npos);
  EXPECT_EQ(FromTrino({"", "INTERNAL_ERROR", ""}, "trino").error().origin.code, "INTERNAL_ERROR");
}

TEST(TrinoHttp, SaysWhatTheServerSaid) {
  const Status denied = FromTrinoHttp(401, "http://t", "Unauthorized\n");
  EXPECT_EQ(denied.code(), Code::kPermissionDenied);
  EXPECT_EQ(denied.error().message,
            "http://t answers HTTP 401, \"Unauthorized\"; correct trino.user, trino.password or "
            "trino.token");
  for (const int busy : {429, 502, 503, 504}) {
    EXPECT_EQ(FromTrinoHttp(busy, "u", "").code(), Code::kUnavailable) << busy;
  }
  EXPECT_EQ(FromTrinoHttp(404, "u", "<html>").error().message.find("html"), std::string::npos);
  EXPECT_EQ(FromTrinoHttp(500, "u", std::string(1000, 'x')).code(), Code::kInternal);
  EXPECT_LT(FromTrinoHttp(500, "u", std::string(1000, 'x')).error().message.size(), 300U);
}

}  // namespace
}  // namespace pgattic::engine
