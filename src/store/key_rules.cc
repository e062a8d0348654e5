#include "store/key_rules.h"

#include <algorithm>
#include <string_view>

namespace pgattic::store {
namespace {

constexpr std::size_t kMaxKeyBytes = 1024;       // S3: "Naming Amazon S3 objects".
constexpr std::size_t kMaxMetadataBytes = 2048;  // S3: "User-defined object metadata".

bool IsBadComponent(std::string_view part) { return part.empty() || part == "." || part == ".."; }

bool IsMetadataNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool IsMetadataValueChar(char c) { return c >= 0x20 && c < 0x7f; }

Status RefuseKey(const std::string& key, const std::string& why) {
  return {Code::kInvalidArgument, "\"" + key + "\" is not an object key: " + why};
}

}  // namespace

Status ValidateKey(const std::string& key) {
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return RefuseKey(key.substr(0, 64), "give 1 to 1024 bytes");
  }
  if (const std::size_t nul = key.find('\0'); nul != std::string::npos) {
    return RefuseKey(key.substr(0, nul), "it has a NUL");
  }
  std::string_view rest = key;
  if (rest.substr(0, rest.find('/')) == kReservedFolder) {
    return RefuseKey(key, std::string(kReservedFolder) + " is kept for the store itself");
  }
  for (;;) {
    const std::size_t slash = rest.find('/');
    if (IsBadComponent(rest.substr(0, slash))) {
      return RefuseKey(key, "leave out empty, \".\" and \"..\" components");
    }
    if (slash == std::string_view::npos) return Status::Ok();
    rest.remove_prefix(slash + 1);
  }
}

Status ValidateWrite(const WriteOptions& options) {
  if (options.if_absent && options.if_match.has_value()) {
    return {Code::kInvalidArgument, "a write takes one condition, if_absent or if_match"};
  }
  if (options.if_match.has_value() && options.if_match->empty()) {
    return {Code::kInvalidArgument, "if_match needs an ETag; take it from Head()"};
  }
  std::size_t total = 0;
  for (const auto& [name, value] : options.user_metadata) {
    total += name.size() + value.size();
    const bool edge_blank = value.starts_with(' ') || value.ends_with(' ');
    if (name.empty() || edge_blank || !std::ranges::all_of(name, IsMetadataNameChar) ||
        !std::ranges::all_of(value, IsMetadataValueChar)) {
      return {Code::kInvalidArgument,
              "user metadata \"" + name + "\" is not a lower-case name with a printable value"};
    }
  }
  if (total > kMaxMetadataBytes) {
    return {Code::kInvalidArgument, "user metadata is over 2 KiB; shorten it"};
  }
  return Status::Ok();
}

Status ValidateRead(const ReadOptions& options) {
  if (options.range && (options.range->offset < 0 || options.range->length <= 0)) {
    return {Code::kInvalidArgument, "a range needs offset >= 0 and length > 0"};
  }
  return Status::Ok();
}

Status ValidateDelete(const DeleteOptions& options) {
  if (options.version_id.empty() && options.if_match.empty()) {
    return {Code::kInvalidArgument,
            "a delete must name a version id or an ETag; take it from Head()"};
  }
  return Status::Ok();
}

}  // namespace pgattic::store
