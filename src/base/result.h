// Status and Result<T>: how every function of pgattic that can fail says so.
//
//   Result<Table> t = LoadTable(ctx, name);
//   if (!t.ok()) return std::move(t).status().While("planning " + name);
//   PGATTIC_ASSIGN_OR_RETURN(Table t, LoadTable(ctx, name));   // the same, shorter
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace pgattic {

/// Success, or one Error. Move-only, one pointer wide; a dropped Status is a compile error.
/// Thread-compatible.
class [[nodiscard]] Status {
 public:
  Status() = default;
  explicit Status(Error error) : error_(std::make_unique<Error>(std::move(error))) {}
  Status(Code code, std::string message, Origin origin = {})
      : Status(Error{code, std::move(message), std::move(origin), {}}) {}

  static Status Ok() { return {}; }

  bool ok() const { return error_ == nullptr; }
  /// REQUIRES: !ok().
  const Error& error() const {
    PGATTIC_CHECK(error_ != nullptr, "error() of an OK status");
    return *error_;
  }
  /// REQUIRES: !ok().
  Code code() const { return error().code; }
  bool Is(Code code) const { return error_ != nullptr && error_->code == code; }
  std::string ToString() const { return error_ ? error_->ToString() : "ok"; }

  /// Adds what the program was doing, innermost first; nothing when ok.
  Status While(std::string doing) && {
    if (error_) error_->context.push_back(std::move(doing));
    return std::move(*this);
  }
  /// Returns a copy. Status is move-only so that copies are seen.
  Status Clone() const { return error_ ? Status(*error_) : Status(); }

 private:
  std::unique_ptr<Error> error_;
};

/// A value of T, or an Error. Thread-compatible.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose, so that `return value;` and `return status;` both read well.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}        // NOLINT
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {  // NOLINT
    PGATTIC_CHECK(!std::get<1>(state_).ok(), "a Result made of an OK status");
  }
  Result(Code code, std::string message, Origin origin = {})
      : Result(Status(code, std::move(message), std::move(origin))) {}

  bool ok() const { return state_.index() == 0; }
  bool Is(Code code) const { return !ok() && std::get<1>(state_).code() == code; }
  /// REQUIRES: !ok().
  const Error& error() const { return std::get<1>(state_).error(); }
  Code code() const { return error().code; }

  /// Gives the status away; OK when there is a value.
  Status status() && { return ok() ? Status() : std::move(std::get<1>(state_)); }
  Status status() const& { return ok() ? Status() : std::get<1>(state_).Clone(); }
  Result While(std::string doing) && {
    if (!ok()) return std::move(std::get<1>(state_)).While(std::move(doing));
    return std::move(*this);
  }

  /// REQUIRES: ok().
  T& value() & {
    CheckOk();
    return std::get<0>(state_);
  }
  const T& value() const& {
    CheckOk();
    return std::get<0>(state_);
  }
  T&& value() && {
    CheckOk();
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  void CheckOk() const { PGATTIC_CHECK(ok(), error().ToString()); }
  std::variant<T, Status> state_;
};

}  // namespace pgattic

#define PGATTIC_CONCAT_INNER(a, b) a##b
#define PGATTIC_CONCAT(a, b) PGATTIC_CONCAT_INNER(a, b)

/// Returns from the calling function when `expr` (a Status) is an error.
#define PGATTIC_RETURN_IF_ERROR(expr)                                        \
  do {                                                                       \
    if (::pgattic::Status pgattic_status_ = (expr); !pgattic_status_.ok()) { \
      return pgattic_status_;                                                \
    }                                                                        \
  } while (false)

#define PGATTIC_ASSIGN_OR_RETURN_INNER(name, lhs, expr) \
  auto name = (expr);                                   \
  if (!name.ok()) return std::move(name).status();      \
  lhs = std::move(name).value()  // NOLINT(bugprone-macro-parentheses)

/// Assigns the value of `expr` (a Result) to `lhs`, or returns its error.
#define PGATTIC_ASSIGN_OR_RETURN(lhs, expr) \
  PGATTIC_ASSIGN_OR_RETURN_INNER(PGATTIC_CONCAT(pgattic_result_, __LINE__), lhs, expr)
