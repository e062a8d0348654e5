// The Connect protocol byte by byte: forms, codes, statuses and errors of unary calls.
#include "served_archive.h"

namespace pgattic::test {
namespace {

constexpr const char* kGetGame = "/pgattic.v1.ArchiveService/GetGame";
constexpr const char* kJson = "application/json";

class Connect : public ServedArchive {
 protected:
  void SetUp() override {
    ServedArchive::SetUp();
    ArchiveAll();
    StartServing();
    id_ = SomeId();
  }
  std::string Message() const { return R"({"id":")" + id_ + R"("})"; }
  void ExpectError(const Page& page, int status, const std::string& code) {
    EXPECT_EQ(page.status, status) << page.body;
    EXPECT_EQ(page.Header("content-type"), kJson);
    EXPECT_EQ(page.json()["code"], code) << page.body;
    EXPECT_TRUE(page.json()["message"].is_string());
  }
  std::string id_;
};

TEST_F(Connect, AnswersJsonInLowerCamelCase) {
  const Page page = web().Post(kGetGame, Message(), kJson, {{"Connect-Protocol-Version", "1"}});
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.Header("content-type"), kJson);
  EXPECT_EQ(page.Header("x-pgattic-source"), "archive");
  const auto json = page.json();
  EXPECT_EQ(json["availability"], "AVAILABILITY_AVAILABLE");
  EXPECT_EQ(json["tier"], "TIER_ARCHIVE");
  EXPECT_EQ(json["isImmutable"], true);
  EXPECT_EQ(json["game"]["migrationStatus"], "3");
  EXPECT_EQ(nlohmann::json::parse(json["rowJson"].get<std::string>())["gid"], id_);
}

TEST_F(Connect, AnswersProtobufToProtobuf) {
  const std::string message = "\x0a" + std::string(1, static_cast<char>(id_.size())) + id_;
  const Page page = web().Post(kGetGame, message, "application/proto");
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.Header("content-type"), "application/proto");
  EXPECT_EQ(page.body.substr(0, message.size()), message);  // Field 1 is the id here too.
}

TEST_F(Connect, AnswersGet) {
  const std::string query = std::string(kGetGame) + "?connect=v1&encoding=json&message=%7B%22id" +
                            "%22%3A%22" + id_ + "%22%7D";
  const Page page = web().Get(query);
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.json()["id"], id_);
  const std::string etag = page.Header("etag");
  ASSERT_NE(etag, "");
  EXPECT_EQ(web().Get(kGetGame + std::string("?encoding=json&message=%7B%7D")).status, 400);
}

TEST_F(Connect, HasAnErrorForEachAnswerThatIsNone) {
  const Page absent = web().Post(kGetGame, R"({"id":"no-such-game"})", kJson);
  ExpectError(absent, 404, "not_found");
  EXPECT_EQ(absent.json()["details"][0]["type"], "pgattic.v1.GetGameResponse");
  EXPECT_EQ(absent.json()["details"][0]["value"].get<std::string>().find('='), std::string::npos);
  ExpectError(web().Post(kGetGame, R"({"id":""})", kJson), 400, "invalid_argument");
  ExpectError(web().Post(kGetGame, R"({"id":7)", kJson), 400, "invalid_argument");
  ExpectError(web().Post(kGetGame, "", kJson), 400, "invalid_argument");
  ExpectError(web().Post(kGetGame, "\x0a\x05zz", "application/proto"), 400, "invalid_argument");
  ExpectError(web().Post(kGetGame, "\x0a\x01\xff", "application/proto"), 400, "invalid_argument");
  ExpectError(web().Post("/pgattic.v1.ArchiveService/Nothing", "{}", kJson), 404, "unimplemented");
  ExpectError(
      web().Post("/pgattic.v1.ArchiveService/GetRow", R"({"source":"a.b","id":"c"})", kJson), 404,
      "not_found");
}

TEST_F(Connect, RefusesOtherForms) {
  EXPECT_EQ(web().Post(kGetGame, Message(), "text/plain").status, 415);
  EXPECT_NE(web().Post(kGetGame, Message(), "application/grpc").Header("accept-post"), "");
  EXPECT_EQ(web().Post(kGetGame, Message(), "application/connect+json").status, 415);
  ExpectError(web().Post(kGetGame, Message(), kJson, {{"Connect-Protocol-Version", "2"}}), 400,
              "invalid_argument");
  ExpectError(web().Post(kGetGame, Message(), kJson, {{"Connect-Timeout-Ms", "12345678901"}}), 400,
              "invalid_argument");
  ExpectError(web().Post(kGetGame, Message(), kJson, {{"Content-Encoding", "snappy"}}), 501,
              "unimplemented");
  EXPECT_EQ(web()
                .Parse(web().Raw("PUT " + std::string(kGetGame) +
                                 " HTTP/1.1\r\nConnection: close\r\n\r\n"))
                .status,
            405);
}

TEST_F(Connect, TakesUnknownFieldsAndACharset) {
  const Page page = web().Post(kGetGame, R"({"id":")" + id_ + R"(","later":[1]})",
                               "application/json; charset=UTF-8");
  EXPECT_EQ(page.status, 200) << page.body;
}

TEST_F(Connect, GivesUpWhenTheTimeIsOver) {
  ExpectError(web().Post(kGetGame, Message(), kJson, {{"Connect-Timeout-Ms", "0"}}), 504,
              "deadline_exceeded");
}

}  // namespace
}  // namespace pgattic::test
