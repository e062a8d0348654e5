// LastResort: ends the program where a statement does not heed that it was ended.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/op_context.h"

namespace pgattic::app {

/// While it lives, watches one call that blocks. Where that is not back `patience` after its
/// context was over, calls `end` with the context's error, once, in a thread of its own. DuckDB
/// looks at an interrupt between blocks of rows: one expression that takes minutes sees none.
class LastResort {
 public:
  LastResort(const OpContext& ctx, std::chrono::milliseconds patience,
             std::function<void(const Status&)> end);

 private:
  void Watch(const std::stop_token& is_back) const;

  const OpContext ctx_;
  const std::chrono::milliseconds patience_;
  const std::function<void(const Status&)> end_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::jthread thread_;  ///< Last: it uses all above.
};

}  // namespace pgattic::app
