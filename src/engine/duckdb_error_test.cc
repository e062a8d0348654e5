#include "engine/duckdb_error.h"

#include <gtest/gtest.h>

namespace pgattic::engine {
namespace {

Code CodeOf(duckdb_error_type type, const std::string& message) {
  return DuckDbError(type, message).code();
}

TEST(DuckDbError, TellsWhoseFaultItIs) {
  EXPECT_EQ(CodeOf(DUCKDB_ERROR_PARSER, "Parser Error: x"), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(DUCKDB_ERROR_BINDER, "Binder Error: x"), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(DUCKDB_ERROR_CONVERSION, "Conversion Error: x"), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(DUCKDB_ERROR_OUT_OF_MEMORY, "Out of Memory Error: x"), Code::kResourceExhausted);
  EXPECT_EQ(CodeOf(DUCKDB_ERROR_PERMISSION, "Permission Error: x"), Code::kPermissionDenied);
  EXPECT_EQ(CodeOf(DUCKDB_ERROR_INTERRUPT, "INTERRUPT Error: x"), Code::kCancelled);
  EXPECT_EQ(CodeOf(DUCKDB_ERROR_INTERNAL, "INTERNAL Error: x"), Code::kInternal);
  EXPECT_EQ(CodeOf(DUCKDB_ERROR_NOT_IMPLEMENTED, "Not implemented Error: x"), Code::kUnsupported);
}

TEST(DuckDbError, ReadsTheStatusOfHttp) {
  const auto http = [](const std::string& status) {
    return CodeOf(DUCKDB_ERROR_HTTP,
                  "HTTP Error: Unable to connect to URL \"http://h/b/k\": (HTTP " + status + ")");
  };
  EXPECT_EQ(http("403"), Code::kPermissionDenied);
  EXPECT_EQ(http("404"), Code::kNotFound);
  EXPECT_EQ(http("503"), Code::kUnavailable);
  EXPECT_EQ(CodeOf(DUCKDB_ERROR_IO, "IO Error: Could not establish connection"),
            Code::kUnavailable);
}

TEST(DuckDbError, ReadsTheTypeOfAMessage) {
  EXPECT_TRUE(DuckDbError("Out of Memory Error: x").Is(Code::kResourceExhausted));
  EXPECT_TRUE(DuckDbError("IO Error: No such file x").Is(Code::kNotFound));
  EXPECT_TRUE(DuckDbError("Catalog Error: x").Is(Code::kInvalidArgument));
  EXPECT_FALSE(DuckDbError(nullptr).ok());
}

TEST(DuckDbError, KeepsTheKindAsOrigin) {
  const Status status = DuckDbError(DUCKDB_ERROR_BINDER, "Binder Error: no column x");
  EXPECT_EQ(status.error().origin.system, "duckdb");
  EXPECT_EQ(status.error().origin.code, "Binder Error");
}

}  // namespace
}  // namespace pgattic::engine
