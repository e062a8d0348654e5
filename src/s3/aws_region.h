// The region that the AWS tools would take.
#pragma once

#include <string>

namespace pgattic::s3 {

/// Returns AWS_REGION, else AWS_DEFAULT_REGION, else the region of the profile (AWS_PROFILE,
/// else "default") in AWS's configuration file, else "us-east-1". Never empty. Reads files;
/// call it before threads change the environment.
std::string DefaultRegion();

}  // namespace pgattic::s3
