// Secret: a string that does not print itself.
#pragma once

#include <string>
#include <utility>

namespace pgattic {

/// A password, key or token. Not convertible to text by accident: Reveal() is to be called
/// only where the value leaves the program. A plain value.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

}  // namespace pgattic
