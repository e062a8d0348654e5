// S3Location: how a bucket and its keys are written in requests and shown to people.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "s3/s3_options.h"

namespace pgattic::s3 {

/// Query parameters in the order in which they are sent; a name alone has an empty value.
using Query = std::vector<std::pair<std::string, std::string>>;

/// Percent-encodes as SigV4 wants it: all but A-Z a-z 0-9 - . _ ~ and, if asked, "/".
std::string PercentEncode(std::string_view text, bool keep_slash);
/// The opposite; what is not well encoded stays as it is.
std::string PercentDecode(std::string_view text);

/// One bucket with its prefix. Immutable, thread-safe.
class S3Location {
 public:
  explicit S3Location(const S3Options& options);

  /// "https://host" as the client connects to it.
  const std::string& endpoint() const { return endpoint_; }
  /// The Host header.
  const std::string& host() const { return host_; }
  bool is_tls() const { return endpoint_.starts_with("https://"); }

  /// Returns the key as the bucket knows it.
  std::string FullKey(const std::string& key) const { return prefix_ + key; }
  /// Returns `full_key` without the prefix.
  std::string KeyOf(const std::string& full_key) const;
  /// Returns the path of an object, or of the bucket for an empty key, with the query.
  std::string ObjectPath(const std::string& key, const Query& query) const;
  std::string BucketPath(const Query& query) const;
  /// "s3://bucket/prefix".
  std::string Describe() const;

 private:
  std::string bucket_;
  std::string prefix_;  // Empty or with "/" at its end.
  std::string endpoint_;
  std::string host_;
  std::string path_;  // "/bucket" or "".
};

}  // namespace pgattic::s3
