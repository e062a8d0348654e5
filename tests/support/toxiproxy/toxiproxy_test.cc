// That each fault is the one that it is named for, before a server that answers at once.
#include "tests/support/toxiproxy/toxiproxy.h"

#include <gtest/gtest.h>

#include <string>

#include "base/clock.h"
#include "tests/support/s3/http_tap.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBodyBytes = 100'000;

class ToxiproxyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.SetHook(
        [](const TapRequest&) { return TapAction::Reply("200 OK", std::string(kBodyBytes, 'x')); });
    const std::string endpoint = server_.endpoint();
    auto proxy = Toxiproxy::Start();
    ASSERT_TRUE(proxy.ok()) << proxy.status().ToString();
    proxy_ = std::move(*proxy);
    auto way = proxy_->Before(
        static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
    ASSERT_TRUE(way.ok()) << way.status().ToString();
    way_ = std::move(*way);
  }
  /// Returns all that comes back; "refused" when there is no connection.
  std::string Ask() const {
    const Socket socket = ConnectToLoopback(way_->port());
    if (!socket.is_open()) return "refused";
    socket.SendAll("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    std::string answer;
    while (socket.Receive(answer)) {
    }
    return answer;
  }

  HttpTap server_{0};
  std::unique_ptr<Toxiproxy> proxy_;
  std::unique_ptr<ProxiedPort> way_;
};

TEST_F(ToxiproxyTest, PassesEverythingOnWithoutAFault) { EXPECT_GT(Ask().size(), kBodyBytes); }

TEST_F(ToxiproxyTest, RefusesConnectionsWhileItIsDownAndTakesThemAgainOnTheSamePort) {
  const std::uint16_t port = way_->port();
  ASSERT_TRUE(way_->Down().ok());
  EXPECT_EQ(Ask(), "refused");
  ASSERT_TRUE(way_->Heal().ok());
  EXPECT_EQ(way_->port(), port);
  EXPECT_GT(Ask().size(), kBodyBytes);
}

TEST_F(ToxiproxyTest, AnswersLaterWhenItIsSlow) {
  ASSERT_TRUE(way_->Slow(milliseconds(80)).ok());
  const auto began = SystemClock().SteadyNow();
  EXPECT_GT(Ask().size(), kBodyBytes);
  EXPECT_GE(SystemClock().SteadyNow() - began, milliseconds(80));
}

TEST_F(ToxiproxyTest, CutsAnswersShort) {
  ASSERT_TRUE(way_->CutAnswersAfter(1000).ok());
  EXPECT_EQ(Ask().size(), 1000U);
  ASSERT_TRUE(way_->Heal().ok());
  EXPECT_GT(Ask().size(), kBodyBytes);
}

TEST_F(ToxiproxyTest, LeadsTheSamePortElsewhereUntilItIsHealedAfresh) {
  HttpTap other(0);
  other.SetHook([](const TapRequest&) { return TapAction::Reply("503 Slow Down", ""); });
  const std::string endpoint = other.endpoint();
  ASSERT_TRUE(
      way_->LeadTo(static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))))
          .ok());
  EXPECT_EQ(Ask().rfind("HTTP/1.1 503", 0), 0U);
  ASSERT_TRUE(way_->Hang().ok());
  ASSERT_TRUE(way_->HealAfresh().ok());
  EXPECT_GT(Ask().size(), kBodyBytes);
}

TEST_F(ToxiproxyTest, ResetsConnectionsBeforeTheirAnswer) {
  ASSERT_TRUE(way_->Reset().ok());
  EXPECT_LT(Ask().size(), kBodyBytes);
}

}  // namespace
}  // namespace pgattic::test
