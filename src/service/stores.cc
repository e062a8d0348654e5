#include "service/stores.h"

#include "s3/s3_object_store.h"
#include "store/file_object_store.h"

namespace pgattic::service {
namespace {

constexpr std::string_view kFile = "file://";
constexpr std::string_view kS3 = "s3://";

/// What was configured takes the place of the store's default.
template <typename T>
void Take(const std::optional<T>& from, T& to) {
  if (from) to = *from;
}

Result<std::unique_ptr<store::ObjectStore>> OpenS3(const Config& config, const std::string& url) {
  const std::string rest = url.substr(kS3.size());
  const std::size_t slash = rest.find('/');
  s3::S3Options options;
  options.bucket = rest.substr(0, slash);
  options.prefix = slash == rest.npos ? "" : rest.substr(slash + 1);
  options.endpoint = config.s3.endpoint;
  options.region = config.s3.region;
  options.path_style = config.s3.path_style;
  options.access_key = Secret(config.s3.access_key);
  options.secret_key = config.s3.secret_key;
  options.session_token = config.s3.session_token;
  options.ca_file = config.s3.ca_file;
  options.storage_class = config.s3.storage_class;
  options.sse_kms_key_id = config.s3.sse_kms_key_id;
  options.tags = config.s3.tags;
  Take(config.s3.checksums, options.checksums);
  Take(config.s3.part_size_bytes, options.part_size_bytes);
  Take(config.s3.parts_in_flight, options.parts_in_flight);
  Take(config.s3.max_connections, options.max_connections);
  Take(config.s3.max_retries, options.max_retries);
  Take(config.s3.connect_timeout, options.connect_timeout);
  Take(config.s3.request_timeout, options.request_timeout);
  return s3::S3ObjectStore::Open(options);
}

}  // namespace

std::optional<std::string> FolderOf(const Config& config) {
  if (!config.archive_url.starts_with(kFile)) return std::nullopt;
  return config.archive_url.substr(kFile.size());
}

namespace {

Result<std::unique_ptr<store::ObjectStore>> OpenUrl(const Config& config, const std::string& url) {
  if (url.starts_with(kS3)) return OpenS3(config, url);
  if (url.starts_with(kFile)) {
    return store::FileObjectStore::Open({url.substr(kFile.size())});
  }
  return {Code::kInvalidArgument, "[archive] url is missing; write file:///folder or s3://bucket"};
}

}  // namespace

Result<std::unique_ptr<store::ObjectStore>> OpenStore(const Config& config) {
  return OpenUrl(config, config.archive_url);
}

Result<std::unique_ptr<store::ObjectStore>> OpenCopyStore(const Config& config) {
  if (config.lookup.copy_url.empty()) return std::unique_ptr<store::ObjectStore>();
  return OpenUrl(config, config.lookup.copy_url);
}

}  // namespace pgattic::service
