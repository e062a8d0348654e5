// Window: the hours in which work may be done.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/zone.h"

namespace pgattic::service {

/// Spans of the day, "22:00-04:30" or several with commas; one that ends before it begins goes
/// over midnight. Without spans it is always open. Immutable, so thread-safe.
class Window {
 public:
  Window() = default;
  /// "always" has no spans. InvalidArgument says what to write.
  static Result<Window> Parse(const std::string& text);

  bool IsOpen(const Zone& zone, WallTime at) const;
  /// Returns `at` when it is open, else when it opens next.
  WallTime NextOpening(const Zone& zone, WallTime at) const;

  /// As it was written; "always".
  const std::string& text() const { return text_; }

 private:
  struct Span {
    std::chrono::minutes from;
    std::chrono::minutes to;
  };
  static Result<Span> ParseSpan(const std::string& text);
  std::string text_ = "always";
  std::vector<Span> spans_;
};

}  // namespace pgattic::service
