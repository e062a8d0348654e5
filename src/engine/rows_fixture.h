// Rows: a sink for tests that keeps what it is given.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/query_engine.h"

namespace pgattic::engine {

/// Keeps all; fails where told. Not thread-safe.
class Rows final : public AnswerSink {
 public:
  Status Columns(const std::vector<AnswerColumn>& columns) override {
    ++columns_calls_;
    columns_ = columns;
    return Status::Ok();
  }
  Status Row(std::span<const AnswerValue> values) override {
    rows_.emplace_back(values.begin(), values.end());
    if (rows_.size() != fail_at_) return Status::Ok();
    return {Code::kResourceExhausted, "the test's sink is full"};
  }
  void Progress(double /*percent*/, std::int64_t /*bytes_scanned*/) override {
    if (on_progress_) on_progress_();
  }

  void Clear() {
    columns_calls_ = 0;
    columns_.clear();
    rows_.clear();
  }
  void FailAtRow(std::size_t row) { fail_at_ = row; }
  void OnProgress(std::function<void()> call) { on_progress_ = std::move(call); }
  int columns_calls() const { return columns_calls_; }
  const std::vector<AnswerColumn>& columns() const { return columns_; }
  const std::vector<std::vector<AnswerValue>>& rows() const { return rows_; }
  /// Names and rows, a line each, values joined by "|", NULL as "~".
  std::string Text() const {
    std::string text;
    for (const AnswerColumn& column : columns_) text += (text.empty() ? "" : "|") + column.name;
    text += "\n";
    for (const auto& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) text += (i ? "|" : "") + row[i].value_or("~");
      text += "\n";
    }
    return text;
  }

 private:
  int columns_calls_ = 0;
  std::size_t fail_at_ = 0;
  std::function<void()> on_progress_;
  std::vector<AnswerColumn> columns_;
  std::vector<std::vector<AnswerValue>> rows_;
};

}  // namespace pgattic::engine
