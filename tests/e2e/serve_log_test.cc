// The access log of `pgattic serve`: a line a request, and nobody writes lines of his own.
#include <fstream>
#include <regex>

#include "served_archive.h"

namespace pgattic::test {
namespace {

class ServeLog : public ServedArchive {
 protected:
  std::vector<std::string> Lines() {
    std::istringstream stream(process().Stderr());
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }
  std::vector<std::string> RequestLines() {
    std::vector<std::string> lines = Lines();
    std::erase_if(
        lines, [](const std::string& line) { return line.find("Z info request ") == line.npos; });
    return lines;
  }
};

TEST_F(ServeLog, HasALineOfEachRequest) {
  ArchiveAll();
  StartServing();
  const std::string row = "/v1/rows/public.past_games/" + SomeId();
  const std::vector<std::pair<std::string, Page>> answers = {
      {row, web().Get(row)},
      {"/v1/games/none", web().Get("/v1/games/none", {{"X-Request-Id", "client-7.a_B"}})},
      {"/nothing", web().Get("/nothing", {{"X-Request-Id", "not harmless"}})},
      {"/healthz", web().Get("/healthz")},
      {"/v1/games:batchGet", web().Post("/v1/games:batchGet", "{", "application/json")}};
  const std::vector<std::string> lines = RequestLines();
  ASSERT_EQ(lines.size(), answers.size()) << process().Stderr();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& [target, page] = answers[i];
    const std::string wanted = " id=" + page.Header("x-request-id") +
                               " peer=127.0.0.1 method=" + (i == 4 ? "POST" : "GET") +
                               " target=" + target + " status=" + std::to_string(page.status) +
                               " bytes=" + std::to_string(page.body.size()) + " ms=";
    EXPECT_NE(lines[i].find(wanted), std::string::npos) << lines[i] << "\nnot" << wanted;
  }
  EXPECT_EQ(answers[1].second.Header("x-request-id"), "client-7.a_B");
  EXPECT_EQ(answers[2].second.Header("x-request-id").size(), 32U);
}

TEST_F(ServeLog, TakesNoLineOfAClient) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  StartServing();
  const std::string forged = "2024-01-01T00:00:00.000Z\tinfo\trequest\tid=forged\tstatus=200";
  std::size_t answered = 0;
  const auto send = [&](const std::string& bytes) {
    const Page page = WebClient::Parse(web().Raw(bytes));
    if (page.status != 0 && !page.Header("x-request-id").empty()) ++answered;
  };
  for (const char* before : {"%0A", "%0d%0a", "\r", "\n", "\t", "\v", "\f", "\x1b[2K", "\"\t",
                             "\\n", "\x7f", "\xc2\x85", "\xe2\x80\xa8", "\xff", "'\t", "\b"}) {
    send("GET /x" + std::string(before) + forged + " HTTP/1.1\r\nConnection: close\r\n\r\n");
    send("GET /x HTTP/1.1\r\nConnection: close\r\nX-Request-Id: a" + std::string(before) + forged +
         "\r\n\r\n");
    send("GET" + std::string(before) + forged + " /x HTTP/1.1\r\nConnection: close\r\n\r\n");
  }
  EXPECT_EQ(RequestLines().size(), answered) << process().Stderr();
  EXPECT_GE(answered, 16U);
  const std::regex whole(
      R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [a-z]+ [a-z-]+( [a-z_]+=("([^"\\]|\\.)*"|[^ "=]+))*)");
  for (const std::string& line : Lines()) {
    EXPECT_TRUE(std::regex_match(line, whole)) << line;
    EXPECT_EQ(line.find(" id=forged"), line.npos) << line;
    for (const char c : line) EXPECT_TRUE(c >= ' ' && c < 0x7f) << line;
  }
}

TEST_F(ServeLog, KeepsTokensToItself) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const std::string file = folder() + "/tokens";
  std::ofstream(file) << "0123456789abcdef-good\n";
  StartServing({"--serve-tokens-file", file});
  EXPECT_EQ(web().Get("/v1/games/none", {{"Authorization", "Bearer 0123456789abcdef-good"}}).status,
            404);
  EXPECT_EQ(web().Get("/v1/games/none", {{"Authorization", "Bearer 0123456789abcdef-evil"}}).status,
            401);
  EXPECT_EQ(RequestLines().size(), 2U);
  EXPECT_EQ(process().Stderr().find("0123456789abcdef"), std::string::npos);
}

}  // namespace
}  // namespace pgattic::test
