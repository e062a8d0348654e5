// A bucket identity that may put, get and delete, but not list: to it a missing key answers
// 403 and not 404.
#include <csignal>

#include "attack.h"
#include "tests/support/s3/http_tap.h"
#include "tests/support/s3/s3_server.h"

namespace pgattic::test {
namespace {

constexpr const char* kDeniedBody =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>AccessDenied</Code>"
    "<Message>Access Denied</Message></Error>";

std::string Denied(const TapRequest& request) {
  return TapAction::Reply("403 Forbidden", request.method == "HEAD" ? "" : kDeniedBody,
                          "Content-Type: application/xml\r\n")
      .reply;
}

/// ListObjects, ListMultipartUploads, HeadBucket: whatever names no object.
bool IsOfBucket(const TapRequest& request, const std::string& bucket) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  return path == "/" + bucket || path == "/" + bucket + "/";
}

class BucketAttack : public Attack {
 protected:
  void SetUp() override {
    auto server = S3Server::Start();
    ASSERT_TRUE(server.ok()) << server.error().ToString();
    server_ = std::move(*server);
    const auto bucket = server_->MakeBucket();
    ASSERT_TRUE(bucket.ok());
    tap_ = std::make_unique<HttpTap>(server_->port());
    tap_->SetHook([name = *bucket](const TapRequest& request) -> TapAction {
      if (!IsOfBucket(request, name)) return {};
      return {TapAction::Kind::kReply, Denied(request)};
    });
    tap_->SetReplyHook([](const TapRequest& request, std::string answer) {
      return answer.starts_with("HTTP/1.1 404") ? Denied(request) : answer;
    });
    SetUpEmpty();
    Configure("s3://" + *bucket,
              "[s3]\nendpoint = \"" + tap_->endpoint() + "\"\npath_style = true\naccess_key = \"" +
                  server_->access_key() + "\"\nsecret_key = \"" + server_->secret_key() + "\"");
    MakeEvents();
    ExpectDone(Pgattic({"init"}));
  }

  std::unique_ptr<S3Server> server_;
  std::unique_ptr<HttpTap> tap_;
};

TEST_F(BucketAttack, AWholeArchiveNeedsNoListing) {
  ExpectDone(Pgattic({"doctor"}));
  ExpectDone(Pgattic({"archive"}));
  ExpectDone(Pgattic({"verify"}));
  ExpectFound({"e0", "e212", "e213", "e399"}, "archive");
  const Ended absent = Pgattic({"get", "nobody"});
  EXPECT_EQ(absent.code, 1);
  EXPECT_EQ(absent.json().at("availability"), "absent") << absent.text();
}

TEST_F(BucketAttack, KilledRunsGoOnAndRollBackWithoutListing) {
  const std::vector<std::string> run = {"archive", "--partition", "events_2024_01", "--until",
                                        "detached"};
  for (const char* failpoint :
       {"part.in_upload", "part.after_complete", "filter.after_put", "narrow.after_put",
        "publish.after_checksums", "publish.after_metadata", "swap.before_commit"}) {
    SCOPED_TRACE(failpoint);
    const Ended killed = Pgattic(run, {{"PGATTIC_FAILPOINT", failpoint}});
    EXPECT_EQ(killed.signal, SIGKILL) << killed.text();
    ExpectDone(Pgattic(run));
    ExpectFound({"e0", "e212"}, "archive");
    ExpectDone(Pgattic({"rollback", "events_2024_01"}));
    ExpectFound({"e0", "e212"}, "database");
  }
  ExpectDone(Pgattic({"archive"}));
  ExpectFound({"e0", "e212", "e399"}, "archive");
}

}  // namespace
}  // namespace pgattic::test
