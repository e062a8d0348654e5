#include "s3/s3_options.h"

#include "store/key_rules.h"

namespace pgattic::s3 {
namespace {

Status Refuse(const std::string& option, const std::string& why) {
  return {Code::kInvalidArgument, "s3." + option + ": " + why};
}

/// Bucket and prefix are pieces of the archive's URL.
Status RefuseUrl(const std::string& why) { return {Code::kInvalidArgument, "archive.url: " + why}; }

}  // namespace

Status S3Options::Validate() const {
  if (bucket.empty() || bucket.find('/') != std::string::npos) {
    return RefuseUrl("give the name of a bucket, s3://bucket/prefix");
  }
  const bool has_scheme = endpoint.starts_with("http://") || endpoint.starts_with("https://");
  if (!endpoint.empty() && !has_scheme) {
    return Refuse("endpoint", "\"" + endpoint + "\" must begin with http:// or https://");
  }
  if (access_key.empty() != secret_key.empty()) {
    return Refuse("access_key", "give both s3.access_key and s3.secret_key, or neither");
  }
  const std::string folder = prefix.ends_with('/') ? prefix.substr(0, prefix.size() - 1) : prefix;
  if (!prefix.empty() && !store::ValidateKey(folder).ok()) {
    return RefuseUrl("the prefix \"" + prefix + "\" must be like \"a/b\"");
  }
  if (part_size_bytes < (std::int64_t{5} << 20) || part_size_bytes > (std::int64_t{5} << 30)) {
    return Refuse("part_size", "S3 takes parts of 5 MiB to 5 GiB");
  }
  if (parts_in_flight < 1 || max_connections < 1 || max_retries < 0) {
    return Refuse("parts_in_flight", "counts must be positive");
  }
  if (connect_timeout.count() <= 0 || request_timeout.count() <= 0) {
    return Refuse("request_timeout", "times must be positive");
  }
  return Status::Ok();
}

bool UsesPathStyle(const S3Options& options) {
  // AWS's certificate covers one name before "s3.", so no bucket with dots.
  const bool is_dotted = options.bucket.find('.') != std::string::npos;
  return options.path_style.value_or(!options.endpoint.empty() || is_dotted);
}

}  // namespace pgattic::s3
