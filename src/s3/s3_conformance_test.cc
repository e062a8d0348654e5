// The conformance suite on a real S3 server.
#include <gtest/gtest.h>

#include "s3/s3_object_store.h"
#include "store/conformance_suite.h"
#include "tests/support/s3/s3_server.h"

namespace pgattic::s3 {
namespace {

using store::ObjectStore;
using store::ObjectStoreConformance;
using store::StoreCase;
using store::StoreFixture;

// One server for all tests of the program: starting one takes longer than most tests.
test::S3Server& Server(bool is_versioned) {
  static const std::unique_ptr<test::S3Server> plain = test::S3Server::Start().value();
  static const std::unique_ptr<test::S3Server> versioned =
      test::S3Server::Start({.versioned_buckets = true}).value();
  return is_versioned ? *versioned : *plain;
}

class S3Fixture final : public StoreFixture {
 public:
  S3Fixture(bool is_versioned, const std::string& prefix) {
    test::S3Server& server = Server(is_versioned);
    S3Options options = server.OptionsFor(server.MakeBucket().value());
    options.prefix = prefix;
    store_ = S3ObjectStore::Open(options).value();
  }
  ObjectStore& store() override { return *store_; }

 private:
  std::unique_ptr<ObjectStore> store_;
};

INSTANTIATE_TEST_SUITE_P(
    S3, ObjectStoreConformance,
    testing::Values(StoreCase{"Plain", [] { return std::make_unique<S3Fixture>(false, ""); }},
                    StoreCase{"WithPrefix",
                              [] { return std::make_unique<S3Fixture>(false, "a b/c+"); }},
                    StoreCase{"Versioned", [] { return std::make_unique<S3Fixture>(true, ""); }}),
    store::StoreCaseName);

}  // namespace
}  // namespace pgattic::s3
