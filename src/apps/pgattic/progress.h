// Progress of a run on standard error: a bar on a terminal, two lines a step elsewhere.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "archive/run_context.h"

namespace pgattic::app {

/// Returns one line of at most `width` characters: step, bar, rows, rows/s, MB/s, ETA. The bar
/// and the ETA need a total.
std::string ProgressBar(const archive::Progress& progress, double seconds, int width);
/// Returns "past_games_2024_01: export, 1,234 rows in 1.2 s, 1,028 rows/s, 3.4 MB/s".
std::string StepSummary(const archive::Progress& progress, double seconds);

/// Shows progress. On a terminal one line is written over; elsewhere a step has a line when
/// it begins and one with its rate when it ends. The destructor ends what is shown.
/// Thread-safe.
class ProgressLine {
 public:
  /// `quiet`: shows nothing.
  explicit ProgressLine(bool quiet);
  ~ProgressLine() { End(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// What the plan expects of a partition: the total of its export where a step knows none.
  void Expect(const std::string& partition, std::int64_t rows);
  void Show(archive::Progress progress);
  /// Ends the step under way, so that something else can be printed.
  void End();

 private:
  void Begin(const archive::Progress& progress, std::chrono::steady_clock::time_point now);
  void EndLocked();

  const bool quiet_;
  bool terminal_ = false;
  int width_ = 80;
  std::mutex mutex_;  // Guards everything below.
  std::map<std::string, std::int64_t> expected_;
  archive::Progress last_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_at_;
  std::chrono::steady_clock::time_point drawn_at_;
};

}  // namespace pgattic::app
