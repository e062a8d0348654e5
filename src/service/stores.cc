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

s3::S3Options OptionsOf(const S3Settings& s3, const std::string& url) {
  const std::string rest = url.substr(kS3.size());
  const std::size_t slash = rest.find('/');
  s3::S3Options options;
  options.bucket = rest.substr(0, slash);
  options.prefix = slash == rest.npos ? "" : rest.substr(slash + 1);
  options.endpoint = s3.endpoint;
  options.region = s3.region;
  options.path_style = s3.path_style;
  options.access_key = Secret(s3.access_key);
  options.secret_key = s3.secret_key;
  options.session_token = s3.session_token;
  options.ca_file = s3.ca_file;
  options.storage_class = s3.storage_class;
  options.sse_kms_key_id = s3.sse_kms_key_id;
  options.tags = s3.tags;
  Take(s3.checksums, options.checksums);
  Take(s3.part_size_bytes, options.part_size_bytes);
  Take(s3.parts_in_flight, options.parts_in_flight);
  Take(s3.max_connections, options.max_connections);
  Take(s3.max_retries, options.max_retries);
  Take(s3.connect_timeout, options.connect_timeout);
  Take(s3.request_timeout, options.request_timeout);
  return options;
}

}  // namespace

std::optional<std::string> FolderOf(const Config& config) {
  if (!config.archive_url.starts_with(kFile)) return std::nullopt;
  return config.archive_url.substr(kFile.size());
}

std::optional<s3::S3Options> S3OptionsOf(const Config& config) {
  if (!config.archive_url.starts_with(kS3)) return std::nullopt;
  return OptionsOf(config.s3, config.archive_url);
}

namespace {

Result<std::unique_ptr<store::ObjectStore>> OpenUrl(const S3Settings& s3, const std::string& url) {
  if (url.starts_with(kS3)) return s3::S3ObjectStore::Open(OptionsOf(s3, url));
  if (url.starts_with(kFile)) {
    return store::FileObjectStore::Open({url.substr(kFile.size())});
  }
  return {Code::kInvalidArgument, "[archive] url is missing; write file:///folder or s3://bucket"};
}

/// What [copy] does not say is as [s3] says; a key pair is taken whole.
S3Settings CopySettings(const Config& config) {
  S3Settings settings = config.s3;
  const S3Settings& own = config.copy_s3;
  const auto text = [](const std::string& from, std::string& to) {
    if (!from.empty()) to = from;
  };
  text(own.endpoint, settings.endpoint);
  text(own.region, settings.region);
  text(own.ca_file, settings.ca_file);
  text(own.storage_class, settings.storage_class);
  text(own.sse_kms_key_id, settings.sse_kms_key_id);
  if (own.path_style) settings.path_style = own.path_style;
  if (own.access_key.empty()) return settings;
  settings.access_key = own.access_key;
  settings.secret_key = own.secret_key;
  settings.session_token = own.session_token;
  return settings;
}

}  // namespace

Result<std::unique_ptr<store::ObjectStore>> OpenStore(const Config& config) {
  return OpenUrl(config.s3, config.archive_url);
}

Result<std::unique_ptr<store::ObjectStore>> OpenCopyStore(const Config& config) {
  if (config.lookup.copy_url.empty()) return std::unique_ptr<store::ObjectStore>();
  return OpenUrl(CopySettings(config), config.lookup.copy_url);
}

}  // namespace pgattic::service
