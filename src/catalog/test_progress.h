// For tests: a run under way.
#pragma once

#include <chrono>

#include "catalog/run_progress.h"

namespace pgattic::catalog::testing {

/// Two of six parts after ten minutes, eleven minutes into the step.
inline RunProgress SomeProgress() {
  RunProgress run;
  run.is_at_work = true;
  run.in_step = std::chrono::minutes(11);
  run.to_last = std::chrono::minutes(10);
  run.parts_done = 3;
  run.parts_done_in_step = 2;
  run.parts_left = 4;
  run.rows_done = 300;
  return run;
}

}  // namespace pgattic::catalog::testing
