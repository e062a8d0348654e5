// The Connect protocol byte by byte: forms, codes, statuses and errors of unary calls.
#include "pgattic/v1/archive.pb.h"
#include "served_archive.h"

namespace pgattic::test {
namespace {

constexpr const char* kGetGame = "/pgattic.v1.ArchiveService/GetGame";
constexpr const char* kGetRow = "/pgattic.v1.ArchiveService/GetRow";
constexpr const char* kListArchives = "/pgattic.v1.ArchiveService/ListArchives";
constexpr const char* kJson = "application/json";
constexpr const char* kProto = "application/proto";

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
  /// What `pgattic get` prints of the row.
  std::string RowOfGet() {
    const std::string out = Pgattic({"get", id_}).out;
    const std::size_t from = out.find("\"row\": ") + 7;
    return out.substr(from, out.rfind('}') - from);
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

TEST_F(Connect, GivesARowInJson) {
  const std::string message = R"({"source":"public.past_games","id":")" + id_ + R"("})";
  const Page page = web().Post(kGetRow, message, kJson);
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.Header("content-type"), kJson);
  EXPECT_EQ(page.Header("x-pgattic-source"), "archive");
  auto json = page.json();
  EXPECT_EQ(json["id"], id_);
  EXPECT_EQ(json["source"], "public.past_games");
  EXPECT_EQ(json["tier"], "TIER_ARCHIVE");
  EXPECT_EQ(json["availability"], "AVAILABILITY_AVAILABLE");
  EXPECT_EQ(json["isImmutable"], true);
  EXPECT_EQ(json["rowJson"], RowOfGet());
}

TEST_F(Connect, GivesARowInProtobuf) {
  v1::GetRowRequest request;
  request.set_source("public.past_games");
  request.set_id(id_);
  request.set_created_at(One("SELECT created_at FROM public.games WHERE uuid = '" + id_ + "'"));
  const Page page = web().Post(kGetRow, request.SerializeAsString(), kProto);
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.Header("content-type"), kProto);
  v1::GetRowResponse row;
  ASSERT_TRUE(row.ParseFromString(page.body));
  EXPECT_EQ(row.id(), id_);
  EXPECT_EQ(row.source(), "public.past_games");
  EXPECT_EQ(row.tier(), v1::TIER_ARCHIVE);
  EXPECT_EQ(row.availability(), v1::AVAILABILITY_AVAILABLE);
  EXPECT_TRUE(row.is_immutable());
  EXPECT_EQ(row.duplicates(), 0);
  EXPECT_EQ(row.row_json(), RowOfGet());
}

TEST_F(Connect, ListsArchivesInJsonAndProtobuf) {
  auto told = Pgattic({"status", "--json"}).json()["archives"];
  const Page page = web().Post(kListArchives, "{}", kJson);
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.Header("content-type"), kJson);
  auto json = page.json()["archives"];
  const Page proto_page = web().Post(kListArchives, "", kProto);
  ASSERT_EQ(proto_page.status, 200) << proto_page.body;
  EXPECT_EQ(proto_page.Header("content-type"), kProto);
  v1::ListArchivesResponse list;
  ASSERT_TRUE(list.ParseFromString(proto_page.body));
  ASSERT_EQ(told.size(), 3U);
  ASSERT_EQ(json.size(), 3U) << page.body;
  ASSERT_EQ(list.archives_size(), 3);
  for (int i = 0; i < 3; ++i) {
    const auto at = static_cast<std::size_t>(i);
    for (const char* key : {"source", "partition", "from", "to", "phase"}) {
      EXPECT_EQ(json[at][key], told[at][key]) << key;
    }
    EXPECT_EQ(json[at]["storedBytes"], told[at]["stored_bytes"].dump());
    const v1::Archive& archive = list.archives(i);
    EXPECT_EQ(archive.partition(), told[at]["partition"]);
    EXPECT_EQ(archive.phase(), "archived");
    EXPECT_EQ(archive.rows(), 40);
    EXPECT_EQ(archive.stored_bytes(), told[at]["stored_bytes"]);
    ASSERT_EQ(archive.parts_size(), 1);
    EXPECT_EQ(archive.parts(0).rows(), 40);
    EXPECT_EQ(archive.parts(0).sha256(), told[at]["parts"][0]["sha256"]);
  }
}

TEST_F(Connect, AnswersCurl) {
  const auto curl = [&](const std::string& method, const std::string& message) {
    const auto ran = sandbox::Subprocess::Run(
        OpContext().WithDeadline(std::chrono::minutes(1)),
        {.argv = {"curl", "--silent", "--show-error", "--header", "Content-Type: application/json",
                  "--data", message, "--write-out", "\n%{http_code} %{content_type}",
                  base() + "/pgattic.v1.ArchiveService/" + method}});
    EXPECT_TRUE(ran.ok() && ran->exit.ok()) << (ran.ok() ? ran->err : ran.error().ToString());
    const std::string out = ran.ok() ? ran->out : "";
    const std::size_t end = std::min(out.rfind('\n'), out.size());
    return std::pair(nlohmann::json::parse(out.substr(0, end), nullptr, false), out.substr(end));
  };
  auto [game, good] = curl("GetGame", Message());
  EXPECT_EQ(good, "\n200 application/json");
  EXPECT_EQ(game["id"], id_);
  EXPECT_EQ(game["availability"], "AVAILABILITY_AVAILABLE");
  auto [error, bad] = curl("GetGame", R"({"id":"no-such-game"})");
  EXPECT_EQ(bad, "\n404 application/json");
  EXPECT_EQ(error["code"], "not_found");
  EXPECT_EQ(error["message"], "there is no row of this id");
  ASSERT_EQ(error["details"].size(), 1U) << error;
  EXPECT_EQ(error["details"][0]["type"], "pgattic.v1.GetGameResponse");
  EXPECT_TRUE(error["details"][0]["value"].is_string());
  EXPECT_EQ(error.size(), 3U) << error;
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
