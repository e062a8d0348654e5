// What the store says when the server, the network or the credentials fail.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/hash.h"
#include "s3/s3_tap_fixture.h"

namespace pgattic::s3 {
namespace {

using std::chrono::milliseconds;
using test::TapAction;
using testing::HasSubstr;

class S3FailureTest : public S3TapTest {
 protected:
  static TapAction Kind(TapAction::Kind kind) { return {kind, ""}; }
  Result<store::ObjectInfo> UploadLarge(const std::string& key,
                                        const store::WriteOptions& options) {
    auto upload = store_->StartUpload(ctx_, key, options).value();
    PGATTIC_RETURN_IF_ERROR(upload->Write(ctx_, AsBytes(std::string(6 << 20, 'u'))));
    return upload->Complete(ctx_);
  }
  static store::WriteOptions Once() {
    return {.if_absent = true, .user_metadata = {{"nonce", RandomHex(8)}}};
  }
};

TEST_F(S3FailureTest, TellsWrongCredentialsFromMissingKeys) {
  S3Options options = Options();
  options.secret_key = Secret("wrong");
  const auto wrong_secret = OpenStore(options)->Get(ctx_, "k", {});
  ASSERT_TRUE(wrong_secret.Is(Code::kPermissionDenied)) << wrong_secret.status().ToString();
  EXPECT_EQ(wrong_secret.error().origin.code, "SignatureDoesNotMatch");
  EXPECT_THAT(wrong_secret.error().message, HasSubstr("s3.secret_key"));
  EXPECT_TRUE(OpenStore(options)->Head(ctx_, "k", "").Is(Code::kPermissionDenied));
  options.access_key = Secret("nobody");
  const auto nobody = OpenStore(options)->Put(ctx_, "k", AsBytes("x"), {});
  EXPECT_TRUE(nobody.Is(Code::kPermissionDenied)) << nobody.status().ToString();
}

TEST_F(S3FailureTest, TellsAMissingBucketFromAMissingKey) {
  S3Options options = Options();
  options.bucket = "no-such-bucket";
  const auto store = OpenStore(options);
  EXPECT_TRUE(store->Get(ctx_, "k", {}).Is(Code::kFailedPrecondition));
  EXPECT_TRUE(store->Head(ctx_, "k", "").Is(Code::kFailedPrecondition));
  EXPECT_TRUE(store->Put(ctx_, "k", AsBytes("x"), {}).Is(Code::kFailedPrecondition));
  EXPECT_TRUE(store->List(ctx_, "").Is(Code::kFailedPrecondition));
  EXPECT_TRUE(store->Delete(ctx_, "k", {.if_match = "\"e\""}).Is(Code::kFailedPrecondition));
  EXPECT_TRUE(store_->Head(ctx_, "k", "").Is(Code::kNotFound));
}

TEST_F(S3FailureTest, TakesNo404ForAnAnswerButThatOfS3) {
  Meet("GET", "/k", TapAction::Reply("404 Not Found", "<html>nginx</html>"), 1);
  const auto got = store_->Get(ctx_, "k", {});
  ASSERT_TRUE(got.Is(Code::kFailedPrecondition)) << got.status().ToString();
  EXPECT_THAT(got.error().message, HasSubstr("s3.endpoint"));
}

TEST_F(S3FailureTest, NamesAnEndpointWhereNobodyListens) {
  S3Options options = Options();
  options.endpoint = "http://127.0.0.1:" + std::to_string(test::FreePort());
  options.max_retries = 1;
  const auto got = OpenStore(options)->Get(ctx_, "k", {});
  ASSERT_TRUE(got.Is(Code::kUnavailable)) << got.status().ToString();
  EXPECT_THAT(got.error().message, HasSubstr(options.endpoint));
  const auto put = OpenStore(options)->Put(ctx_, "k", AsBytes("x"), Once());
  EXPECT_TRUE(put.Is(Code::kUnavailable)) << put.status().ToString();
}

TEST_F(S3FailureTest, RepeatsWhatTheStoreWasTooBusyFor) {
  ASSERT_TRUE(store_->Put(ctx_, "k", AsBytes("x"), {}).ok());
  Meet("GET", "/k", TapAction::Reply("503 Slow Down", ErrorXml("SlowDown")), 2);
  EXPECT_EQ(*store_->Get(ctx_, "k", {}), "x");
  Meet("GET", "/k", TapAction::Reply("503 Slow Down", ErrorXml("SlowDown")), 100);
  EXPECT_TRUE(store_->Get(ctx_, "k", {}).Is(Code::kUnavailable));
  Meet("GET", "/k", TapAction::Reply("429 Too Many Requests", ""), 100);
  EXPECT_TRUE(store_->Get(ctx_, "k", {}).Is(Code::kUnavailable));
}

TEST_F(S3FailureTest, RepeatsAReadWhoseAnswerBrokeOff) {
  ASSERT_TRUE(store_->Put(ctx_, "k", AsBytes("whole"), {}).ok());
  const TapAction half{TapAction::Kind::kReply,
                       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"e\"\r\n\r\nwh"};
  Meet("GET", "/k", half, 1);
  EXPECT_EQ(*store_->Get(ctx_, "k", {}), "whole");
  Meet("GET", "/k", half, 100);
  EXPECT_TRUE(store_->Get(ctx_, "k", {}).Is(Code::kUnavailable));
}

TEST_F(S3FailureTest, NoticesBytesThatDoNotFitTheirChecksum) {
  Meet("GET", "/k",
       TapAction::Reply("200 OK", "damaged", "x-amz-checksum-crc64nvme: rosUhgp5mIg=\r\n"), 9);
  EXPECT_TRUE(store_->Get(ctx_, "k", {}).Is(Code::kCorruption));
}

TEST_F(S3FailureTest, FindsItsOwnObjectAfterALostReplyToPut) {
  const store::WriteOptions once = Once();
  Meet("PUT", "/k", Kind(TapAction::Kind::kDropAfter), 1);
  const auto put = store_->Put(ctx_, "k", AsBytes("mine"), once);
  ASSERT_TRUE(put.ok()) << put.status().ToString();
  EXPECT_EQ(put->user_metadata, once.user_metadata);
  Meet("PUT", "/all-lost", Kind(TapAction::Kind::kDropAfter), 100);
  EXPECT_TRUE(store_->Put(ctx_, "all-lost", AsBytes("mine"), Once()).ok());
}

TEST_F(S3FailureTest, FindsItsOwnObjectAfterALostReplyToComplete) {
  Meet("POST", "uploadId=", Kind(TapAction::Kind::kDropAfter), 1);
  const auto completed = UploadLarge("k", Once());
  EXPECT_TRUE(completed.ok()) << completed.status().ToString();
  Meet("POST", "uploadId=", TapAction::Reply("404 Not Found", ErrorXml("NoSuchUpload")), 100);
  EXPECT_TRUE(UploadLarge("aborted", Once()).Is(Code::kConflict));
}

TEST_F(S3FailureTest, SaysInDoubtWhenItCannotTell) {
  Meet("PUT", "/no-nonce", Kind(TapAction::Kind::kDropAfter), 100);
  EXPECT_TRUE(store_->Put(ctx_, "no-nonce", AsBytes("x"), {}).Is(Code::kInDoubt));
  Meet("PUT", "/lost", Kind(TapAction::Kind::kDropBefore), 100);
  const auto lost = store_->Put(ctx_, "lost", AsBytes("x"), Once());
  ASSERT_TRUE(lost.Is(Code::kInDoubt)) << lost.status().ToString();
  EXPECT_THAT(lost.error().message, HasSubstr("look whether it is there"));
  Meet("POST", "uploadId=", Kind(TapAction::Kind::kDropBefore), 100);
  EXPECT_TRUE(UploadLarge("lost", Once()).Is(Code::kInDoubt));
}

TEST_F(S3FailureTest, SaysAlreadyExistsWhenAnotherWonWhileTheReplyWasLost) {
  ASSERT_TRUE(store_->Put(ctx_, "k", AsBytes("theirs"), Once()).ok());
  Meet("PUT", "/k", Kind(TapAction::Kind::kDropAfter), 1);
  const auto put = store_->Put(ctx_, "k", AsBytes("mine"), Once());
  EXPECT_TRUE(put.Is(Code::kAlreadyExists)) << put.status().ToString();
}

TEST_F(S3FailureTest, SeesTheErrorInsideA200) {
  Meet("POST", "uploadId=", TapAction::Reply("200 OK", ErrorXml("InternalError")), 1);
  EXPECT_TRUE(UploadLarge("repeated", Once()).ok());
  Meet("POST", "uploadId=", TapAction::Reply("200 OK", ErrorXml("AccessDenied")), 100);
  const auto refused = UploadLarge("refused", Once());
  EXPECT_TRUE(refused.Is(Code::kInDoubt)) << refused.status().ToString();
  EXPECT_TRUE(store_->Head(ctx_, "refused", "").Is(Code::kNotFound));
}

TEST_F(S3FailureTest, FailsAnUploadWhosePartIsRefusedAndAbortsIt) {
  Meet("PUT", "partNumber=", TapAction::Reply("403 Forbidden", ErrorXml("AccessDenied")), 9);
  EXPECT_TRUE(UploadLarge("k", {}).Is(Code::kPermissionDenied));
  tap_.SetHook({});
  EXPECT_TRUE(store_->ListUploads(ctx_, "")->empty());
}

TEST_F(S3FailureTest, NamesTheClockAndTheFrozenStorageClass) {
  Meet("GET", "/k", TapAction::Reply("403 Forbidden", ErrorXml("RequestTimeTooSkewed")), 100);
  const auto skewed = store_->Get(ctx_, "k", {});
  ASSERT_TRUE(skewed.Is(Code::kFailedPrecondition)) << skewed.status().ToString();
  EXPECT_THAT(skewed.error().message, HasSubstr("clock"));
  Meet("GET", "/k", TapAction::Reply("403 Forbidden", ErrorXml("InvalidObjectState")), 100);
  EXPECT_TRUE(store_->Get(ctx_, "k", {}).Is(Code::kUnavailable));
}

TEST_F(S3FailureTest, ReturnsAtTheDeadlineWhenTheStoreHangs) {
  Meet("GET", "/k", Kind(TapAction::Kind::kHang), 100);
  const auto begin = std::chrono::steady_clock::now();
  const OpContext soon = ctx_.WithDeadline(milliseconds(150));
  EXPECT_TRUE(store_->Get(soon, "k", {}).Is(Code::kDeadlineExceeded));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(2000));
  S3Options options = Options();
  options.request_timeout = milliseconds(100);
  EXPECT_TRUE(OpenStore(options)->Get(ctx_, "k", {}).Is(Code::kUnavailable));
  Meet("PUT", "/k", Kind(TapAction::Kind::kHang), 100);
  const OpContext soon_too = ctx_.WithDeadline(milliseconds(100));
  EXPECT_TRUE(store_->Put(soon_too, "k", AsBytes("x"), Once()).Is(Code::kInDoubt));
}

TEST_F(S3FailureTest, ReturnsWhenStoppedWhileItWaits) {
  std::stop_source stop;
  tap_.SetHook([&](const test::TapRequest& /*request*/) {
    stop.request_stop();
    return Kind(TapAction::Kind::kHang);
  });
  const OpContext stoppable(ctx_.clock(), stop.get_token());
  EXPECT_TRUE(store_->Get(stoppable, "k", {}).Is(Code::kCancelled));
}

TEST_F(S3FailureTest, LeavesUploadsAloneThatItMayNotList) {
  Meet("GET", "uploads=", TapAction::Reply("403 Forbidden", ErrorXml("AccessDenied")), 100);
  EXPECT_TRUE(store_->AbortUploads(ctx_, "k").Is(Code::kPermissionDenied));
  Meet("GET", "uploads=", TapAction::Reply("501 Not Implemented", ErrorXml("NotImplemented")), 100);
  EXPECT_TRUE(store_->AbortUploads(ctx_, "k").Is(Code::kUnsupported));
}

// Slow: s2n delays the end of a failed handshake by 10 to 30 s, against timing attacks.
TEST(S3TlsTest, TrustsOnlyTheCaFileItIsGiven) {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("pgattic-tls-" + RandomHex(6))).string();
  std::filesystem::create_directories(folder);
  const std::string certificate = folder + "/cert.pem";
  const std::string key = folder + "/key.pem";
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout " +
      key + " -out " + certificate + " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT: a test.
  {
    const OpContext ctx;
    const auto server =
        test::S3Server::Start({.certificate_file = certificate, .key_file = key}).value();
    const std::string bucket = server->MakeBucket().value();
    S3Options options = server->OptionsFor(bucket);
    EXPECT_TRUE(S3ObjectStore::Open(options).value()->Put(ctx, "k", AsBytes("x"), {}).ok());
    options.ca_file.clear();
    options.max_retries = 0;
    const auto untrusted = S3ObjectStore::Open(options).value()->Get(ctx, "k", {});
    ASSERT_TRUE(untrusted.Is(Code::kFailedPrecondition)) << untrusted.status().ToString();
    EXPECT_THAT(untrusted.error().message, HasSubstr("s3.ca_file"));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace pgattic::s3
