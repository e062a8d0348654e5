// What the tests of requests and of failures share: a store that talks to a real server
// through a tap.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "s3/s3_object_store.h"
#include "tests/support/s3/http_tap.h"
#include "tests/support/s3/s3_server.h"

namespace pgattic::s3 {

/// Server and bucket are shared by the tests of a suite, the tap is each test's own.
class S3TapTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = test::S3Server::Start().value();
    bucket_ = server_->MakeBucket().value();
  }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override { store_ = OpenStore(Options()); }

  S3Options Options() const {
    S3Options options = server_->OptionsFor(bucket_);
    options.endpoint = tap_.endpoint();
    options.prefix = testing::UnitTest::GetInstance()->current_test_info()->name();
    return options;
  }
  static std::unique_ptr<store::ObjectStore> OpenStore(const S3Options& options) {
    return S3ObjectStore::Open(options).value();
  }
  std::vector<std::string> TakeMethods() {
    std::vector<std::string> methods;
    for (const test::TapRecord& record : tap_.TakeRecords()) methods.push_back(record.method);
    return methods;
  }
  /// From now on the requests of `method` whose target contains `part` meet `action`, the
  /// first `times` of them.
  void Meet(const std::string& method, const std::string& part, test::TapAction action, int times) {
    tap_.SetHook([=, left = times](const test::TapRequest& request) mutable {
      const bool is_meant =
          request.method == method && request.target.find(part) != std::string::npos;
      if (!is_meant || left-- <= 0) return test::TapAction{};
      return action;
    });
  }
  static std::string ErrorXml(const std::string& code) {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code +
           "</Code><Message>scripted</Message></Error>";
  }

  static inline std::unique_ptr<test::S3Server> server_;
  static inline std::string bucket_;
  test::HttpTap tap_{server_->port()};
  OpContext ctx_;
  std::unique_ptr<store::ObjectStore> store_;
};

}  // namespace pgattic::s3
