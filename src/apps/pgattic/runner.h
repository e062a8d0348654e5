// Runner: drives the archives of all sources; used by archive, rollback and demo.
#pragma once

#include <string>
#include <vector>

#include "app.h"

namespace pgattic::app {

/// Shows progress: one line that is written over on a terminal, a line a step elsewhere.
/// Thread-safe.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void Show(const archive::Progress& progress);
  /// Clears the line, so that something else can be printed.
  void Clear();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a run of `pgattic archive` did. A plain value.
struct RunReport {
  std::vector<archive::Outcome> outcomes;
  Status failure;  ///< What kept the run from starting or going on.
};

/// Archives what is eligible in every source, and brings forward what is under way.
RunReport RunArchives(const Invocation& invocation, const ArchiveArguments& arguments, bool quiet);

/// Returns the exit code of a report: failed beats deferred beats done.
int ExitCodeOf(const RunReport& report);

}  // namespace pgattic::app
