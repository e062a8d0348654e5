// For tests: a CopyTarget that keeps what it is given and reads it as PostgreSQL would.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/copy_target.h"

namespace pgattic::sandbox {

/// One field; none for NULL.
using CopyValue = std::optional<std::string>;
using CopyRow = std::map<std::string, CopyValue>;

/// Decodes one field of COPY's text format.
inline CopyValue DecodeCopyField(std::string_view field) {
  if (field == "\\N") return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\' || i + 1 == field.size()) {
      out += field[i];
      continue;
    }
    const char c = field[++i];
    out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
  }
  return out;
}

inline std::vector<std::string_view> SplitBy(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text = text.substr(at + 1);
  }
}

/// Keeps rows by table and the whole stream as a script for psql.
class CopyCapture final : public CopyTarget {
 public:
  Status BeginCopy(const std::string& table, const std::vector<std::string>& columns) override {
    table_ = table;
    columns_ = columns;
    script += CopyStatement(table, columns) + ";\n";
    ++copies;
    return Status::Ok();
  }
  Status Write(ByteView lines) override {
    if (copies > fail_at_copy) return {Code::kUnavailable, "the server is gone"};
    std::string_view text = AsText(lines);
    script += text;
    text.remove_suffix(1);
    for (const std::string_view line : SplitBy(text, '\n')) {
      const std::vector<std::string_view> fields = SplitBy(line, '\t');
      if (fields.size() != columns_.size()) return {Code::kCorruption, std::string(line)};
      CopyRow row;
      for (std::size_t i = 0; i < fields.size(); ++i) {
        row[columns_[i]] = DecodeCopyField(fields[i]);
      }
      rows[table_].push_back(std::move(row));
    }
    return Status::Ok();
  }
  Status EndCopy() override {
    script += "\\.\n";
    return Status::Ok();
  }

  std::map<std::string, std::vector<CopyRow>> rows;
  std::string script;
  int copies = 0;
  int fail_at_copy = 1'000'000;

 private:
  std::string table_;
  std::vector<std::string> columns_;
};

}  // namespace pgattic::sandbox
