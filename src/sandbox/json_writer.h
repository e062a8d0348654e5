// JsonWriter: JSON straight into a string, without a tree in between.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sandbox/append_text.h"

namespace pgattic::sandbox {

/// Appends one JSON value to a string it is lent. Commas and quotes are its business, nesting
/// is the caller's: every Open… needs its Close…. Field(name) comes before each member's
/// value; names are written as they are. Not thread-safe.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& OpenObject() { return Open('{'); }
  JsonWriter& CloseObject() { return Close('}'); }
  JsonWriter& OpenArray() { return Open('['); }
  JsonWriter& CloseArray() { return Close(']'); }

  JsonWriter& Field(std::string_view name) {
    Separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    need_comma_ = false;
    return *this;
  }
  JsonWriter& Int(std::int64_t value) {
    Separate();
    AppendInt(out_, value);
    return *this;
  }
  /// A number in quotes, as protobuf writes int64.
  JsonWriter& QuotedInt(std::int64_t value) {
    Separate();
    out_ += '"';
    AppendInt(out_, value);
    out_ += '"';
    return *this;
  }
  JsonWriter& Text(std::string_view value) {
    Separate();
    AppendJsonString(out_, value);
    return *this;
  }
  JsonWriter& Base64(std::string_view bytes) {
    Separate();
    out_ += '"';
    AppendBase64(out_, bytes);
    out_ += '"';
    return *this;
  }
  /// A value that is JSON already.
  JsonWriter& Raw(std::string_view json) {
    Separate();
    out_ += json;
    return *this;
  }

 private:
  JsonWriter& Open(char bracket) {
    Separate();
    out_ += bracket;
    need_comma_ = false;
    return *this;
  }
  JsonWriter& Close(char bracket) {
    out_ += bracket;
    need_comma_ = true;
    return *this;
  }
  void Separate() {
    if (need_comma_) out_ += ',';
    need_comma_ = true;
  }

  std::string& out_;
  bool need_comma_ = false;
};

}  // namespace pgattic::sandbox
