// The S3 server and the Trino that all tests of this program share.
#pragma once

#include <memory>

#include "tests/support/s3/s3_server.h"
#include "tests/support/trino/trino_server.h"

namespace pgattic::test {

/// Started when first asked for. REQUIRES: TrinoServer::IsInstalled().
std::shared_ptr<S3Server> SharedS3();
TrinoServer& SharedTrino();

}  // namespace pgattic::test
