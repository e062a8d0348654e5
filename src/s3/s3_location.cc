#include "s3/s3_location.h"

#include <charconv>

namespace pgattic::s3 {
namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";

bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string QueryText(const Query& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    text +=
        (text.empty() ? "?" : "&") + PercentEncode(name, false) + "=" + PercentEncode(value, false);
  }
  return text;
}

std::string AwsHost(const std::string& region) {
  return "s3." + region + (region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
}

}  // namespace

std::string PercentEncode(std::string_view text, bool keep_slash) {
  std::string out;
  for (const char c : text) {
    if (IsUnreserved(c) || (keep_slash && c == '/')) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHexDigits[byte >> 4], kHexDigits[byte & 15]};
    }
  }
  return out;
}

std::string PercentDecode(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    if (text[at] == '%' && at + 2 < text.size()) {
      const char* digits = text.data() + at + 1;
      if (std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
        out += static_cast<char>(value);
        at += 2;
        continue;
      }
    }
    // List answers with encoding-type=url write a blank as "+".
    out += text[at] == '+' ? ' ' : text[at];
  }
  return out;
}

S3Location::S3Location(const S3Options& options)
    : bucket_(options.bucket), prefix_(options.prefix) {
  if (!prefix_.empty() && !prefix_.ends_with('/')) prefix_ += '/';
  const std::string base =
      options.endpoint.empty() ? "https://" + AwsHost(options.region) : options.endpoint;
  const std::size_t host_at = base.find("://") + 3;
  host_ = base.substr(host_at, base.find('/', host_at) - host_at);
  if (UsesPathStyle(options)) {
    path_ = "/" + bucket_;
  } else {
    host_ = bucket_ + "." + host_;
  }
  endpoint_ = base.substr(0, host_at) + host_;
}

std::string S3Location::KeyOf(const std::string& full_key) const {
  return full_key.starts_with(prefix_) ? full_key.substr(prefix_.size()) : full_key;
}

std::string S3Location::ObjectPath(const std::string& key, const Query& query) const {
  return path_ + "/" + PercentEncode(FullKey(key), true) + QueryText(query);
}

std::string S3Location::BucketPath(const Query& query) const {
  return (path_.empty() ? "/" : path_) + QueryText(query);
}

std::string S3Location::Describe() const {
  std::string text = "s3://" + bucket_;
  if (!prefix_.empty()) text += "/" + prefix_.substr(0, prefix_.size() - 1);
  return text;
}

}  // namespace pgattic::s3
