#include "steady_reader.h"

#include <tuple>

namespace pgattic::test {

SteadyReader::SteadyReader(const service::Config& config, const std::string& url) {
  auto opened = service::Readers::Open(config, {url, "reader"}, 2, registry_);
  PGATTIC_CHECK(opened.ok(), opened.status().ToString());
  readers_ = std::move(*opened);
  const OpContext ctx;
  auto session = readers_->pool().Acquire(ctx);
  PGATTIC_CHECK(session.ok(), session.status().ToString());
  const archive::SourceOptions& options = config.sources.front();
  const auto table = catalog::LoadSource(ctx, **session, options.table, options.id_column);
  PGATTIC_CHECK(table.ok(), table.status().ToString());
  reader_ = readers_->ReaderOf(*table, options);
  thread_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
}

void SteadyReader::Add(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto answer = reader_->Get(OpContext(), id, std::nullopt);
    PGATTIC_CHECK(answer.ok() && answer->availability == lookup::Availability::kAvailable, id);
    const std::scoped_lock lock(mutex_);
    rows_[id] = answer->row_json;
  }
}

bool SteadyReader::ReadOne(const std::string& id, const std::string& expected) {
  const auto answer = reader_->Get(OpContext(), id, std::nullopt);
  const bool is_there = answer.ok() && answer->availability == lookup::Availability::kAvailable;
  const std::scoped_lock lock(mutex_);
  ++reads_;
  if (!is_there) {
    faults_.push_back(id + ": " +
                      (answer.ok() ? "availability " +
                                         std::to_string(static_cast<int>(answer->availability)) +
                                         " " + answer->why
                                   : answer.status().ToString()));
    return false;
  }
  if (answer->row_json != expected) faults_.push_back(id + ": " + answer->row_json);
  return answer->tier == lookup::Tier::kArchive;
}

std::size_t SteadyReader::ReadAll() {
  std::map<std::string, std::string> rows;
  {
    const std::scoped_lock lock(mutex_);
    rows = rows_;
  }
  std::size_t archived = 0;
  for (const auto& [id, row] : rows) archived += ReadOne(id, row) ? 1U : 0U;
  return archived;
}

void SteadyReader::Loop(const std::stop_token& stop) {
  std::string at;
  while (!stop.stop_requested()) {
    std::string id;
    std::string row;
    {
      const std::scoped_lock lock(mutex_);
      auto next = rows_.upper_bound(at);
      if (next == rows_.end()) next = rows_.begin();
      if (next != rows_.end()) std::tie(id, row) = *next;
    }
    // About 50 reads a second: the replicas need the processor.
    SystemClock().SleepFor(std::chrono::milliseconds(20), stop);
    if (!id.empty()) ReadOne(id, row);
    at = id;
  }
}

std::size_t SteadyReader::reads() const {
  const std::scoped_lock lock(mutex_);
  return reads_;
}

std::vector<std::string> SteadyReader::faults() const {
  const std::scoped_lock lock(mutex_);
  return faults_;
}

}  // namespace pgattic::test
