#include "engine/explain_text.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace pgattic::engine {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\f\v";
constexpr std::string_view kWordCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_";
/// Of Trino and DuckDB; in parentheses all else begins a statement.
constexpr std::array<std::string_view, 4> kOptions = {"type", "format", "analyze", "verbose"};

void SkipBlanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
}

/// The word at the front of `text`, in lower case; "" where none is.
std::string WordAt(std::string_view text) {
  const std::string lower = AsciiLower(text);
  return lower.substr(0, lower.find_first_not_of(kWordCharacters));
}

/// Takes the word off the front of `text`, with the blanks around it. False where it is not there.
bool TakeWord(std::string_view& text, std::string_view word) {
  SkipBlanks(text);
  if (WordAt(text) != word) return false;
  text.remove_prefix(word.size());
  SkipBlanks(text);
  return true;
}

/// True for words with blanks and commas between them: a quote or a comment could end elsewhere
/// than it seems.
bool AreWords(const std::string& options) {
  return std::ranges::all_of(options, [](char c) {
    return c == ',' || kBlanks.find(c) != kBlanks.npos ||
           kWordCharacters.find(c) != kWordCharacters.npos;
  });
}

/// Takes "(FORMAT json)" off the front. Returns whether ANALYZE is among the options.
bool TakeOptions(std::string_view& text) {
  const std::size_t end = text.find(')');
  if (!text.starts_with('(') || end == text.npos) return false;
  std::string_view inner = text.substr(1, end - 1);
  SkipBlanks(inner);
  const std::string options = AsciiLower(inner);
  if (std::ranges::find(kOptions, WordAt(inner)) == kOptions.end() || !AreWords(options)) {
    return false;
  }
  text.remove_prefix(end + 1);
  SkipBlanks(text);
  return options.find("analyze") != options.npos;
}

}  // namespace

ExplainText SplitExplain(std::string_view sql) {
  std::string_view rest = sql;
  if (!TakeWord(rest, "explain")) return {"", std::string(sql), false};
  ExplainText text;
  text.runs = TakeWord(rest, "analyze");
  TakeWord(rest, "verbose");
  text.runs = TakeOptions(rest) || text.runs;
  text.head = sql.substr(0, sql.size() - rest.size());
  text.statement = rest;
  return text;
}

}  // namespace pgattic::engine
