// RowText: a row as JSON text, and each column of it byte for byte as it stands there.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pgattic::games {

/// A JSON object that is not taken apart: values are pieces of its text, so that numbers, blanks
/// and the order of keys stay as they are. A plain value.
class RowText {
 public:
  /// No columns.
  RowText() = default;
  /// Finds the members of a JSON object. Corruption when the text is none; what stands inside
  /// of values is not looked at but for quotes and brackets.
  static Result<RowText> Parse(std::string text);

  /// Returns the value of a column as JSON text: "null" for NULL, nullopt when the row has no
  /// such column. Of members of the same name, the first. Valid as long as this object.
  std::optional<std::string_view> Find(std::string_view name) const;
  /// Adds a column behind the others. REQUIRES: `json` is JSON.
  void Append(std::string_view name, std::string_view json);

  /// The whole object; "" for none.
  const std::string& text() const { return text_; }

 private:
  struct Member {
    std::string name;
    std::size_t offset = 0;
    std::size_t length = 0;
  };
  std::string text_;
  std::vector<Member> members_;
};

}  // namespace pgattic::games
