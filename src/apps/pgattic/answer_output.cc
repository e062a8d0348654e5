#include "answer_output.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "lookup/row_json.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

using engine::AnswerColumn;
using engine::AnswerValue;

constexpr std::size_t kBlockRows = 10'000;

class FileOutput : public AnswerOutput {
 public:
  explicit FileOutput(std::FILE* file) : file_(file) {}
  bool has_begun() const override { return has_begun_; }

 protected:
  Status Write(const std::string& text) {
    has_begun_ = has_begun_ || !text.empty();
    if (std::fwrite(text.data(), 1, text.size(), file_) == text.size()) return Status::Ok();
    return {Code::kResourceExhausted,
            "the output takes no more; is the disk full, or the reader "
            "of the pipe gone?"};
  }

 private:
  std::FILE* file_;
  std::atomic<bool> has_begun_ = false;
};

/// Control characters would disturb a terminal.
std::string Shown(const AnswerValue& value) {
  if (!value) return "NULL";
  std::string text = *value;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

class TableOutput final : public FileOutput {
 public:
  using FileOutput::FileOutput;
  Status Columns(const std::vector<AnswerColumn>& columns) override {
    for (const AnswerColumn& column : columns) {
      columns_.push_back(
          {Shown(column.name), IsNumericType(column.type) ? Align::kRight : Align::kLeft});
    }
    table_ = std::make_unique<TextTable>(columns_);
    return Status::Ok();
  }
  Status Row(std::span<const AnswerValue> values) override {
    std::vector<std::string> cells;
    for (const AnswerValue& value : values) cells.push_back(Shown(value));
    table_->Add(std::move(cells));
    return ++rows_ % kBlockRows == 0 ? EndBlock() : Status::Ok();
  }
  Status Finish() override {
    const bool is_shown = rows_ > 0 && rows_ % kBlockRows == 0;
    return table_ && !is_shown ? EndBlock() : Status::Ok();
  }

 private:
  Status EndBlock() {
    PGATTIC_RETURN_IF_ERROR(Write(table_->ToString()));
    table_ = std::make_unique<TextTable>(columns_);
    return Status::Ok();
  }
  std::vector<TableColumn> columns_;
  std::unique_ptr<TextTable> table_;
  std::size_t rows_ = 0;
};

std::string CsvField(const AnswerValue& value) {
  if (!value) return "";
  if (!value->empty() && value->find_first_of(",\"\r\n") == value->npos) return *value;
  std::string quoted = "\"";
  for (const char c : *value) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

class CsvOutput final : public FileOutput {
 public:
  using FileOutput::FileOutput;
  Status Columns(const std::vector<AnswerColumn>& columns) override {
    std::vector<AnswerValue> names;
    for (const AnswerColumn& column : columns) names.emplace_back(column.name);
    return Row(names);
  }
  Status Row(std::span<const AnswerValue> values) override {
    std::string line;
    for (std::size_t i = 0; i < values.size(); ++i) {
      line += (i == 0 ? "" : ",") + CsvField(values[i]);
    }
    return Write((std::exchange(is_first_, false) ? "" : "\r\n") + line);
  }
  Status Finish() override { return Write("\r\n"); }

 private:
  bool is_first_ = true;
};

class JsonOutput final : public FileOutput {
 public:
  using FileOutput::FileOutput;
  Status Columns(const std::vector<AnswerColumn>& columns) override {
    std::set<std::string> taken;
    for (const AnswerColumn& column : columns) {
      std::string name = column.name;
      for (int i = 2; !taken.insert(name).second; ++i) name = column.name + "_" + std::to_string(i);
      keys_.push_back(lookup::JsonString(name) + ": ");
      types_.push_back(column.type);
    }
    return Write("[");
  }
  Status Row(std::span<const AnswerValue> values) override {
    std::string object = is_first_ ? "\n{" : ",\n{";
    is_first_ = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      object += (i == 0 ? "" : ", ") + keys_[i] + JsonValue(types_[i], values[i]);
    }
    return Write(object + "}");
  }
  Status Finish() override { return Write(keys_.empty() ? "[]\n" : "\n]\n"); }

 private:
  static std::string JsonValue(const std::string& type, const AnswerValue& value) {
    if (!value) return "null";
    if (type == "boolean" && (*value == "true" || *value == "false")) return *value;
    const bool may_be_raw = IsNumericType(type) || type == "json";
    return may_be_raw && nlohmann::json::accept(*value) ? *value : lookup::JsonString(*value);
  }
  std::vector<std::string> keys_;
  std::vector<std::string> types_;
  bool is_first_ = true;
};

}  // namespace

bool IsNumericType(const std::string& type) {
  constexpr std::array<std::string_view, 15> kNumeric = {
      "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger",
      "ubigint", "uhugeint", "real",    "double", "float",   "decimal",  "int"};
  return type.starts_with("decimal(") ||
         std::find(kNumeric.begin(), kNumeric.end(), type) != kNumeric.end();
}

Result<std::unique_ptr<AnswerOutput>> MakeAnswerOutput(const std::string& format, std::FILE* file) {
  std::unique_ptr<AnswerOutput> output;
  if (format == "table") output = std::make_unique<TableOutput>(file);
  if (format == "csv") output = std::make_unique<CsvOutput>(file);
  if (format == "json") output = std::make_unique<JsonOutput>(file);
  if (output) return output;
  return {Code::kInvalidArgument,
          "'" + format + "' is no format; write table, csv, json or parquet"};
}

}  // namespace pgattic::app
