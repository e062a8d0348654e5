// ColumnStory: what became of the columns of a source over the years, from the parts themselves.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/column.h"

namespace pgattic::analytics {

/// Collects the schemas of parts and says which columns changed their type. Not thread-safe.
class ColumnStory {
 public:
  /// `schema` is the part's `pgattic.schema`; `when` names the part's month. Corruption for text
  /// that is none.
  Status Add(std::string_view schema, const std::string& when);
  void AddLive(const std::vector<model::Column>& columns);

  /// Returns a sentence for each column that has more than one type, in order of names; such a
  /// column reads as the type that holds all, often text.
  std::vector<std::string> Changes() const;

 private:
  void Note(const std::string& column, const std::string& type, const std::string& when);
  struct Period {
    std::string first;
    std::string last;
    int parts = 0;
  };
  std::map<std::string, std::map<std::string, Period>> columns_;
};

}  // namespace pgattic::analytics
