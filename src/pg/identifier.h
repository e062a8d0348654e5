// Identifier: the one place where names enter SQL text.
#pragma once

#include <string>
#include <utility>

namespace pgattic::pg {

/// A name as the catalog holds it. Everything that is not a value in a statement goes
/// through Quoted(). A plain value.
class Identifier {
 public:
  explicit Identifier(std::string name) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }
  /// Returns "na""me": always quoted (PostgreSQL manual, 4.1.1).
  std::string Quoted() const;
  bool operator==(const Identifier&) const = default;

 private:
  std::string name_;
};

/// A relation or type in its schema. A plain value.
struct QualifiedName {
  std::string schema;
  std::string name;
  /// Returns "schema"."name".
  std::string Quoted() const;
  /// Returns schema.name as a person writes it; never for SQL.
  std::string Plain() const { return schema + "." + name; }
  bool operator==(const QualifiedName&) const = default;
};

/// Returns 'text' as a literal (standard_conforming_strings is on in every connection). For
/// utility statements alone, which take no parameters.
std::string QuoteLiteral(const std::string& text);

}  // namespace pgattic::pg
