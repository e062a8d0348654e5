// How `pgattic serve` ends: what is under way is answered, for as long as it may take.
#include <csignal>

#include "held_requests.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

class ServeDrain : public HeldRequests {
 protected:
  /// Sends SIGTERM; returns once nobody listens.
  void BeginToEnd() {
    ASSERT_TRUE(process().Signal(SIGTERM).ok());
    const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
    while (ConnectToLoopback(web().port()).is_open()) {
      ASSERT_TRUE(limit.SleepFor(std::chrono::milliseconds(10)).ok()) << process().Stderr();
    }
  }
  sandbox::ExitStatus AwaitEnd() {
    const auto exit = process().Wait(OpContext().WithDeadline(std::chrono::minutes(1)));
    EXPECT_TRUE(exit.ok()) << "it does not end";
    return exit.ok() ? *exit : sandbox::ExitStatus{-1, 0};
  }
  bool HasSaid(const std::string& event) {
    return process().Stderr().find(" " + event + "\n") != std::string::npos;
  }
};

TEST_F(ServeDrain, AnswersWhatIsUnderWayAndNothingElse) {
  ServeFrozen({"--serve-drain-timeout", "10m"});
  const Socket idle = ConnectToLoopback(web().port());
  std::future<Page> held = Hold();
  BeginToEnd();
  std::string rest;
  EXPECT_FALSE(idle.Receive(rest)) << rest;
  EXPECT_FALSE(process().TryWait()) << process().Stderr();
  s3().Wake();
  const Page page = held.get();
  EXPECT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.json()["availability"], "available");
  EXPECT_EQ(AwaitEnd(), sandbox::ExitStatus{});
  EXPECT_TRUE(HasSaid("draining"));
  EXPECT_FALSE(HasSaid("drain-timeout"));
}

TEST_F(ServeDrain, CutsWhatTakesLonger) {
  ServeFrozen({"--serve-drain-timeout", "300ms", "--serve-request-timeout", "1h"});
  std::future<Page> held = Hold();
  EXPECT_EQ(StopServing(), sandbox::ExitStatus{});
  EXPECT_NE(held.get().status, 200);
  EXPECT_TRUE(HasSaid("drain-timeout"));
}

}  // namespace
}  // namespace pgattic::test
