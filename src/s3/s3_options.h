// S3Options: which bucket, where, as whom, and how patiently.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace pgattic::s3 {

/// Options of one S3 store. Defaults suit AWS.
struct S3Options {
  std::string bucket;    ///< Required.
  std::string prefix;    ///< Before every key; a "/" is added at its end.
  std::string region;    ///< Goes into the signature; empty: see DefaultRegion().
  std::string endpoint;  ///< "http://host:port" or "https://…"; empty: AWS's of the region.
  /// Bucket in the path instead of in the host name. Default: see UsesPathStyle().
  std::optional<bool> path_style;

  Secret access_key;     ///< Empty: the AWS chain (environment, profile, container, instance,
  Secret secret_key;     ///< web identity).
  Secret session_token;  ///< For temporary credentials.

  std::string ca_file;         ///< PEM certificates to trust instead of the system's.
  std::string storage_class;   ///< x-amz-storage-class of new objects, e.g. "STANDARD_IA".
  std::string sse_kms_key_id;  ///< KMS key of new objects; empty: the bucket's default.
  std::map<std::string, std::string> tags;  ///< Object tags of new objects.

  /// Send a CRC64NVME with every body and keep it with the object. Turn off for servers that
  /// refuse it.
  bool checksums = true;

  std::int64_t part_size_bytes = std::int64_t{5} << 20;  ///< 5 MiB to 5 GiB. Buffer per part.
  int parts_in_flight = 2;   ///< Of one upload; each is a buffer of part_size_bytes.
  int max_connections = 16;  ///< Of the store.

  std::chrono::milliseconds connect_timeout{3000};
  /// Of one call, repetitions included; a shorter deadline of the context goes first.
  std::chrono::milliseconds request_timeout{120000};
  int max_retries = 3;                         ///< Repetitions after the first try; 0: none.
  std::chrono::milliseconds retry_scale{100};  ///< Doubled for each repetition, with jitter.

  /// Returns InvalidArgument, naming the option, for values that cannot work.
  Status Validate() const;
};

/// True where the bucket stands in the path: as configured, else with an endpoint, and for a
/// bucket with dots in its name. Pure.
bool UsesPathStyle(const S3Options& options);

}  // namespace pgattic::s3
