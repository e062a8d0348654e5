#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "text_output.h"

namespace pgattic::app {
namespace {

constexpr int kBarWidth = 20;
constexpr std::chrono::milliseconds kRedrawEvery{100};

/// With so many digits after the point.
std::string Decimal(double value, int digits) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string Rates(const archive::Progress& progress, double seconds) {
  if (seconds <= 0) return "";
  const double rows = static_cast<double>(progress.rows_done) / seconds;
  std::string text = ", " + HumanCount(static_cast<std::int64_t>(rows)) + " rows/s";
  if (progress.bytes_done > 0) {
    text += ", " + Decimal(static_cast<double>(progress.bytes_done) / 1e6 / seconds, 1) + " MB/s";
  }
  return text;
}

std::string Bar(double share) {
  const int full = static_cast<int>(share * kBarWidth);
  const std::string done(static_cast<std::size_t>(full), '=');
  std::string rest(static_cast<std::size_t>(kBarWidth - full), ' ');
  if (!rest.empty()) rest[0] = '>';
  return " [" + done + rest + "] " + Decimal(share * 100, 0) + " %";
}

double SecondsBetween(std::chrono::steady_clock::time_point from,
                      std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

int TerminalWidth() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

std::string ProgressBar(const archive::Progress& progress, double seconds, int width) {
  std::string text = progress.partition + ": " + progress.step;
  std::string eta;
  if (progress.rows_total > 0) {
    // The total is an estimate; what is there cannot be more than all.
    const double share = std::min(
        1.0, static_cast<double>(progress.rows_done) / static_cast<double>(progress.rows_total));
    text += Bar(share);
    if (share > 0 && share < 1) eta = ", ETA " + HumanSeconds(seconds * (1 - share) / share);
  }
  text += " " + HumanCount(progress.rows_done) + " rows" + Rates(progress, seconds) + eta;
  return text.substr(0, static_cast<std::size_t>(std::max(width, 1)));
}

std::string StepSummary(const archive::Progress& progress, double seconds) {
  return progress.partition + ": " + progress.step + ", " + HumanCount(progress.rows_done) +
         " rows in " + Decimal(seconds, 1) + " s" + Rates(progress, seconds);
}

ProgressLine::ProgressLine(bool quiet) : quiet_(quiet) {
  terminal_ = isatty(STDERR_FILENO) != 0;
  if (terminal_) width_ = TerminalWidth() - 1;  // A full line would wrap.
}

void ProgressLine::Expect(const std::string& partition, std::int64_t rows) {
  const std::scoped_lock lock(mutex_);
  expected_[partition] = rows;
}

void ProgressLine::Begin(const archive::Progress& progress,
                         std::chrono::steady_clock::time_point now) {
  EndLocked();
  // Steps report after their first rows; a step began when the one before ended.
  started_ = shown_at_ == std::chrono::steady_clock::time_point() ? now : shown_at_;
  if (!terminal_) {
    std::fprintf(stderr, "%s: %s\n", progress.partition.c_str(), progress.step.c_str());
  }
}

void ProgressLine::Show(archive::Progress progress) {
  const std::scoped_lock lock(mutex_);
  if (quiet_) return;
  const auto now = std::chrono::steady_clock::now();
  const bool is_new = progress.step != last_.step || progress.partition != last_.partition;
  if (is_new) Begin(progress, now);
  if (progress.rows_total == 0 && progress.step == "export") {
    const auto expected = expected_.find(progress.partition);
    if (expected != expected_.end()) progress.rows_total = expected->second;
  }
  last_ = std::move(progress);
  shown_at_ = now;
  if (!terminal_ || (!is_new && now - drawn_at_ < kRedrawEvery)) return;
  drawn_at_ = now;
  std::fprintf(stderr, "\r\033[K%s",
               ProgressBar(last_, SecondsBetween(started_, now), width_).c_str());
}

void ProgressLine::EndLocked() {
  if (quiet_ || last_.step.empty()) return;
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K");
  } else {
    std::fprintf(stderr, "%s\n", StepSummary(last_, SecondsBetween(started_, shown_at_)).c_str());
  }
  last_ = {};
}

void ProgressLine::End() {
  const std::scoped_lock lock(mutex_);
  EndLocked();
}

}  // namespace pgattic::app
