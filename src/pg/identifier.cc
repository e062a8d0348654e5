#include "pg/identifier.h"

namespace pgattic::pg {
namespace {

std::string Doubled(const std::string& text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

}  // namespace

std::string Identifier::Quoted() const { return Doubled(name_, '"'); }

std::string QualifiedName::Quoted() const {
  return Identifier(schema).Quoted() + "." + Identifier(name).Quoted();
}

std::string QuoteLiteral(const std::string& text) { return Doubled(text, '\''); }

}  // namespace pgattic::pg
