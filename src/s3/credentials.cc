#include "s3/credentials.h"

#include "s3/aws_identity.h"

namespace pgattic::s3 {

Result<Credentials> FindCredentials(const OpContext& ctx, const S3Options& options) {
  PGATTIC_ASSIGN_OR_RETURN(
      const std::unique_ptr<AwsIdentity> identity,
      AwsIdentity::Open({"s3://" + options.bucket,
                         {options.access_key, options.secret_key, options.session_token},
                         options.ca_file,
                         "set s3.access_key and s3.secret_key"}));
  return identity->Keys(ctx);
}

}  // namespace pgattic::s3
