#include "served_archive.h"

#include <csignal>

namespace pgattic::test {
namespace {

constexpr std::string_view kListens = "pgattic listens on ";

}  // namespace

void ServedArchive::SetUp() {
  GameArchive::SetUp();
  LoadMonths({1, 2, 3}, 40);
}

void ServedArchive::TearDown() {
  if (process_ && ::testing::Test::HasFailure()) std::fputs(process_->Stderr().c_str(), stderr);
  process_.reset();
}

void ServedArchive::ArchiveAll() {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const Ran ran = Pgattic({"archive"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  ASSERT_EQ(One("SELECT count(*) FROM pgattic.archive WHERE phase = 'archived'"), "3");
}

void ServedArchive::StartServing(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"serve", "--listen", "127.0.0.1:0"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  process_ = Begin(all, {});
  const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
  std::string out;
  while (out.find('\n') == out.npos) {
    ASSERT_TRUE(limit.SleepFor(std::chrono::milliseconds(5)).ok()) << process_->Stderr();
    ASSERT_FALSE(process_->TryWait()) << process_->Stderr();
    out = process_->Stdout();
  }
  ASSERT_EQ(out.rfind(kListens, 0), 0U) << out;
  web_ = std::make_unique<WebClient>(
      static_cast<std::uint16_t>(std::stoi(out.substr(out.rfind(':') + 1))));
}

sandbox::ExitStatus ServedArchive::StopServing() {
  EXPECT_TRUE(process_->Signal(SIGTERM).ok());
  const auto exit = process_->Wait(OpContext().WithDeadline(std::chrono::minutes(1)));
  EXPECT_TRUE(exit.ok()) << "it does not end";
  return exit.ok() ? *exit : sandbox::ExitStatus{-1, 0};
}

}  // namespace pgattic::test
