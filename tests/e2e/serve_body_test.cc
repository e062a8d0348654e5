// Bodies that come compressed: decoded, and bounded by what they unfold to.
#include <fstream>

#include "http_server/compression.h"
#include "served_archive.h"

namespace pgattic::test {
namespace {

constexpr const char* kBatch = "/v1/games:batchGet";
constexpr const char* kGetGame = "/pgattic.v1.ArchiveService/GetGame";
constexpr const char* kJson = "application/json";

/// Long enough to become shorter.
std::string Padded(const std::string& json) { return std::string(1000, ' ') + json; }

std::string Gzip(const std::string& text) {
  return http_server::Compress(http_server::Coding::kGzip, text).value_or("");
}

class ServeBody : public ServedArchive {
 protected:
  /// The most memory that the service had at any time.
  std::int64_t PeakKiB() {
    std::ifstream status("/proc/" + std::to_string(process().pid()) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::stoll(line.substr(line.find(':') + 1));
    }
    return -1;
  }
  Page PostGzip(const std::string& target, const std::string& body) const {
    return web().Post(target, body, kJson, {{"Content-Encoding", "gzip"}});
  }
};

TEST_F(ServeBody, IsReadAsGzip) {
  ArchiveAll();
  StartServing();
  const std::string id = SomeId();
  const Page connect = PostGzip(kGetGame, Gzip(Padded(R"({"id":")" + id + R"("})")));
  ASSERT_EQ(connect.status, 200) << connect.body;
  EXPECT_EQ(connect.json()["id"], id);
  const Page rest = PostGzip(kBatch, Gzip(Padded(R"({"ids":[")" + id + R"("]})")));
  ASSERT_EQ(rest.status, 200) << rest.body;
  EXPECT_EQ(rest.json()["games"][0]["id"], id);
}

TEST_F(ServeBody, IsRefusedWhereItIsNoGzip) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  StartServing();
  const std::string good = Gzip(Padded(R"({"id":"none"})"));
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(~flipped[good.size() / 2]);
  for (const std::string& bad : {std::string(R"({"id":"none"})"), flipped}) {
    const Page page = PostGzip(kGetGame, bad);
    EXPECT_EQ(page.status, 400) << page.body;
    EXPECT_EQ(page.json()["message"], "the body cannot be read") << page.body;
  }
  EXPECT_EQ(PostGzip(kGetGame, good).status, 404);
}

TEST_F(ServeBody, IsRefusedWhereItUnfoldsToTooMuch) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  StartServing({"--serve-max-body", "512KiB"});
  constexpr std::size_t kUnfolded = 256U << 20U;
  const std::string bomb = Gzip(std::string(kUnfolded, ' '));
  ASSERT_LT(bomb.size(), 512U << 10U);
  const Page small = PostGzip(kBatch, Gzip(Padded(R"({"ids":["none"]})")));
  ASSERT_EQ(small.status, 200) << small.body;
  const std::int64_t before = PeakKiB();
  ASSERT_GT(before, 0);
  for (int i = 0; i < 3; ++i) {
    const Page rest = PostGzip(kBatch, bomb);
    EXPECT_EQ(rest.status, 413) << rest.body;
    EXPECT_EQ(rest.json()["error"]["message"], "the body is larger than 524288 bytes");
    const Page connect = PostGzip(kGetGame, bomb);
    EXPECT_EQ(connect.status, 429) << connect.body;
    EXPECT_EQ(connect.json()["code"], "resource_exhausted");
  }
  EXPECT_LT(PeakKiB() - before, static_cast<std::int64_t>(kUnfolded >> 10U) / 4);
  EXPECT_EQ(web().Get("/healthz").status, 200);
}

}  // namespace
}  // namespace pgattic::test
