// SteadyReader: reads rows through lookup all the time, and remembers what it should not have seen.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "catalog/source_table.h"
#include "service/readers.h"

namespace pgattic::test {

/// One thread over its own sessions. Thread-safe.
class SteadyReader {
 public:
  SteadyReader(const service::Config& config, const std::string& url);
  ~SteadyReader() = default;
  SteadyReader(const SteadyReader&) = delete;
  SteadyReader& operator=(const SteadyReader&) = delete;

  /// Reads the rows of these ids as they are now; from then on they may not change.
  void Add(const std::vector<std::string>& ids);
  /// Reads every row once. Returns how many came from the archive.
  std::size_t ReadAll();
  /// Answers so far, and what was wrong with them.
  std::size_t reads() const;
  std::vector<std::string> faults() const;

 private:
  void Loop(const std::stop_token& stop);
  /// Returns true when the row came from the archive.
  bool ReadOne(const std::string& id, const std::string& expected);

  metrics::Registry registry_;
  std::unique_ptr<service::Readers> readers_;
  std::unique_ptr<lookup::RowReader> reader_;
  mutable std::mutex mutex_;  // Guards all below.
  std::map<std::string, std::string> rows_;
  std::size_t reads_ = 0;
  std::vector<std::string> faults_;
  std::jthread thread_;  // Ends first.
};

}  // namespace pgattic::test
