#include "games/row_text.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace pgattic::games {
namespace {

/// What SkipValue() stops at.
constexpr std::array<bool, 256> kTells = [] {
  std::array<bool, 256> tells{};
  for (const char c : {'"', '{', '}', '[', ']', ','}) tells[static_cast<unsigned char>(c)] = true;
  return tells;
}();

/// Walks over JSON text (RFC 8259) without understanding it.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool AtEnd() const { return at_ == text_.size(); }

  void SkipBlanks() {
    while (!AtEnd() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }
  bool Take(char c) {
    if (AtEnd() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  /// Skips a string; false where none is or it does not end.
  bool SkipString() {
    if (!Take('"')) return false;
    while (true) {
      // Where quotes are that end it: those behind an odd number of backslashes do not.
      const std::size_t quote = text_.find('"', at_);
      if (quote == text_.npos) return false;
      const std::size_t last = text_.find_last_not_of('\\', quote - 1);
      at_ = quote + 1;
      if ((quote - last) % 2 == 1) return true;
    }
  }
  /// Skips a value up to the comma or bracket that ends it; false where none is.
  bool SkipValue() {
    const std::size_t start = at_;
    std::size_t depth = 0;
    for (SkipPlain(); !AtEnd(); SkipPlain()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!SkipString()) return false;
        continue;
      }
      const bool closes = c == '}' || c == ']';
      if (depth == 0 && (closes || c == ',')) break;
      if (c == '{' || c == '[') ++depth;
      if (closes) --depth;
      ++at_;
    }
    return at_ > start;
  }

 private:
  /// Skips what is no quote, comma or bracket.
  void SkipPlain() {
    while (!AtEnd() && !kTells[static_cast<unsigned char>(text_[at_])]) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// The text that a JSON string stands for; nullopt when it is none.
std::optional<std::string> Unquote(std::string_view quoted) {
  const bool is_plain = std::all_of(quoted.begin(), quoted.end(),
                                    [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
  if (is_plain && quoted.size() > 1) return std::string(quoted.substr(1, quoted.size() - 2));
  const auto name = nlohmann::json::parse(quoted.begin(), quoted.end(), nullptr, false);
  if (!name.is_string()) return std::nullopt;
  return name.get<std::string>();
}

Status NoRow() {
  return {Code::kCorruption,
          "a row is not a JSON object; `pgattic get ID` shows it and `pgattic verify` checks what "
          "is stored"};
}

}  // namespace

Result<RowText> RowText::Parse(std::string text) {
  RowText row;
  row.text_ = std::move(text);
  const std::string_view whole = row.text_;
  Scanner scan(whole);
  scan.SkipBlanks();
  if (!scan.Take('{')) return NoRow();
  scan.SkipBlanks();
  bool open = !scan.Take('}');
  while (open) {
    scan.SkipBlanks();
    const std::size_t name_at = scan.at();
    if (!scan.SkipString()) return NoRow();
    std::optional<std::string> name = Unquote(whole.substr(name_at, scan.at() - name_at));
    scan.SkipBlanks();
    if (!name || !scan.Take(':')) return NoRow();
    scan.SkipBlanks();
    const std::size_t value_at = scan.at();
    if (!scan.SkipValue()) return NoRow();
    std::size_t end = scan.at();
    while (end > value_at && static_cast<unsigned char>(whole[end - 1]) <= ' ') --end;
    row.members_.push_back({std::move(*name), value_at, end - value_at});
    open = scan.Take(',');
    if (!open && !scan.Take('}')) return NoRow();
  }
  scan.SkipBlanks();
  if (!scan.AtEnd()) return NoRow();
  return row;
}

std::optional<std::string_view> RowText::Find(std::string_view name) const {
  for (const Member& member : members_) {
    if (member.name == name) return std::string_view(text_).substr(member.offset, member.length);
  }
  return std::nullopt;
}

void RowText::Append(std::string_view name, std::string_view json) {
  if (text_.empty()) text_ = "{}";
  text_.erase(text_.rfind('}'));
  if (!members_.empty()) text_ += ", ";
  text_ +=
      nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + ": ";
  members_.push_back({std::string(name), text_.size(), json.size()});
  text_.append(json).append("}");
}

}  // namespace pgattic::games
