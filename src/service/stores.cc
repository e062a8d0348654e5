#include "service/stores.h"

#include "s3/s3_object_store.h"
#include "store/file_object_store.h"

namespace pgattic::service {
namespace {

constexpr std::string_view kFile = "file://";
constexpr std::string_view kS3 = "s3://";

/// "a=b&c=d" → {a: b, c: d}.
std::map<std::string, std::string> ParseTags(const std::string& text) {
  std::map<std::string, std::string> tags;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('&', start), text.size());
    const std::string tag = text.substr(start, end - start);
    const std::size_t equals = tag.find('=');
    tags[tag.substr(0, equals)] = equals == tag.npos ? "" : tag.substr(equals + 1);
    start = end + 1;
  }
  return tags;
}

Result<std::unique_ptr<store::ObjectStore>> OpenS3(const Config& config) {
  const std::string rest = config.archive_url.substr(kS3.size());
  const std::size_t slash = rest.find('/');
  s3::S3Options options;
  options.bucket = rest.substr(0, slash);
  options.prefix = slash == rest.npos ? "" : rest.substr(slash + 1);
  options.endpoint = config.s3.endpoint;
  if (!config.s3.region.empty()) options.region = config.s3.region;
  if (config.s3.path_style) options.path_style = true;
  options.access_key = Secret(config.s3.access_key);
  options.secret_key = config.s3.secret_key;
  options.session_token = config.s3.session_token;
  options.ca_file = config.s3.ca_file;
  options.storage_class = config.s3.storage_class;
  options.sse_kms_key_id = config.s3.sse_kms_key_id;
  options.tags = ParseTags(config.s3.tags);
  return s3::S3ObjectStore::Open(options);
}

}  // namespace

Result<std::unique_ptr<store::ObjectStore>> OpenStore(const Config& config) {
  const std::string& url = config.archive_url;
  if (url.starts_with(kS3)) return OpenS3(config);
  if (url.starts_with(kFile)) {
    return store::FileObjectStore::Open({url.substr(kFile.size())});
  }
  return {Code::kInvalidArgument,
          url.empty() ? "[archive] url is missing; write file:///folder or s3://bucket"
                      : "[archive] url '" + url + "' is neither file:///… nor s3://…"};
}

}  // namespace pgattic::service
