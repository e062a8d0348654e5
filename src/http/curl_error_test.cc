#include "http/curl_error.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

namespace pgattic::http {
namespace {

TEST(CurlError, HasACodeAndARemedy) {
  EXPECT_EQ(FromCurl(CURLE_COULDNT_CONNECT, "http://a", "refused").ToString(),
            "http://a: refused; nobody listens there: start it or correct the URL (curl 7)");
  EXPECT_EQ(FromCurl(CURLE_PEER_FAILED_VERIFICATION, "u", "").code(), Code::kFailedPrecondition);
  EXPECT_EQ(FromCurl(CURLE_URL_MALFORMAT, "u", "").code(), Code::kInvalidArgument);
  EXPECT_EQ(FromCurl(CURLE_OUT_OF_MEMORY, "u", "").code(), Code::kResourceExhausted);
}

TEST(CurlError, WhatItDoesNotKnowIsUnavailable) {
  const Status status = FromCurl(CURLE_GOT_NOTHING, "http://a", "");
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_NE(status.ToString().find("Server returned nothing"), std::string::npos);
}

}  // namespace
}  // namespace pgattic::http
