#include "s3/aws_region.h"

#include <aws/common/environment.h>
#include <aws/common/string.h>
#include <aws/sdkutils/aws_profile.h>

#include <memory>

#include "s3/aws_runtime.h"

namespace pgattic::s3 {
namespace {

using AwsString = std::unique_ptr<aws_string, decltype(&aws_string_destroy)>;

AwsString Own(aws_string* text) { return {text, &aws_string_destroy}; }

std::string TextOf(const aws_string* text) {
  return text == nullptr ? "" : std::string(aws_string_c_str(text), text->len);
}

std::string Variable(const char* name) {
  return TextOf(Own(aws_get_env_nonempty(AwsRuntime::allocator(), name)).get());
}

std::string RegionOfProfile() {
  aws_allocator* const allocator = AwsRuntime::allocator();
  const AwsString path = Own(aws_get_config_file_path(allocator, nullptr));
  const AwsString name = Own(aws_get_profile_name(allocator, nullptr));
  const AwsString key = Own(aws_string_new_from_c_str(allocator, "region"));
  if (!path || !name) return "";
  const std::unique_ptr<aws_profile_collection, decltype(&aws_profile_collection_release)> profiles(
      aws_profile_collection_new_from_file(allocator, path.get(), AWS_PST_CONFIG),
      &aws_profile_collection_release);
  if (!profiles) return "";
  const aws_profile* profile = aws_profile_collection_get_profile(profiles.get(), name.get());
  if (profile == nullptr) return "";
  const aws_profile_property* region = aws_profile_get_property(profile, key.get());
  return region == nullptr ? "" : TextOf(aws_profile_property_get_value(region));
}

}  // namespace

std::string DefaultRegion() {
  const AwsRuntime runtime;  // Initialises the library.
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (std::string region = Variable(name); !region.empty()) return region;
  }
  const std::string region = RegionOfProfile();
  return region.empty() ? "us-east-1" : region;
}

}  // namespace pgattic::s3
