// HeldRequests: `pgattic serve` before a store that hangs, with requests that hang there.
#pragma once

#include <future>
#include <string>
#include <vector>

#include "served_archive.h"

namespace pgattic::test {

/// The store hangs from ServeFrozen to Wake; until then a request for row() does, too.
class HeldRequests : public ServedArchive {
 protected:
  /// `arguments` as of StartServing.
  void ServeFrozen(std::vector<std::string> arguments) {
    UseS3();
    ArchiveAll();
    // Only the limits under test may end a request.
    arguments.insert(arguments.end(), {"--lookup-store-deadline", "1h"});
    StartServing(arguments);
    row_ = "/v1/rows/public.past_games/" + SomeId();
    s3().Freeze();
  }
  /// Asks for row(); returns once the request is under way.
  std::future<Page> Hold() {
    std::future<Page> held = std::async(std::launch::async, [this] { return web().Get(row_); });
    const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
    while (Others() < 1 && limit.SleepFor(std::chrono::milliseconds(10)).ok()) {
    }
    EXPECT_EQ(Others(), 1);
    return held;
  }
  const std::string& row() const { return row_; }

 private:
  /// How many requests are under way beside the one that asks.
  int Others() const {
    const std::string name = "pgattic_pool_places{pool=\"requests\",state=\"busy\"} ";
    const std::string metrics = web().Get("/metrics").body;
    const std::size_t at = metrics.find(name);
    return at == metrics.npos ? -1 : std::stoi(metrics.substr(at + name.size())) - 1;
  }

  std::string row_;
};

}  // namespace pgattic::test
