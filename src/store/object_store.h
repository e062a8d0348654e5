// ObjectStore: the port behind which archives lie. Implementations: local folder, memory,
// fault-injecting (this module) and S3 (module s3); one conformance suite for all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/op_context.h"
#include "base/result.h"

namespace pgattic::store {

/// What a store can say of one object version. Empty strings where it has no such thing.
struct ObjectInfo {
  std::int64_t size_bytes = 0;
  std::string etag;        ///< Opaque; quoted as the store gives it. Never empty.
  std::string version_id;  ///< Only from a versioned bucket.
  std::string crc64nvme;   ///< Base64 of the full-object CRC64NVME, where known.
  std::map<std::string, std::string> user_metadata;  ///< Lower-case keys.
  std::string storage_class;                         ///< x-amz-storage-class; "" means STANDARD.
  std::string expiration;  ///< x-amz-expiration: a lifecycle rule will delete it.
};

/// Conditions and attributes of a write. At most one of the two conditions.
struct WriteOptions {
  bool if_absent = false;               ///< If-None-Match: *  (AlreadyExists when the key is taken)
  std::optional<std::string> if_match;  ///< If-Match: ETag  (Conflict when it differs)
  std::map<std::string, std::string> user_metadata;  ///< Small ASCII; lower-case keys.
  std::string content_type = "application/octet-stream";
};

struct ByteRange {
  std::int64_t offset = 0;  ///< From the start of the object.
  std::int64_t length = 0;  ///< More than is there gives what is there.
};

struct ReadOptions {
  std::optional<ByteRange> range;       ///< Whole object when absent.
  std::optional<std::string> if_match;  ///< Conflict when the object has another ETag.
  std::string version_id;               ///< The current version when empty.
};

/// What DELETE must name, so that a stale leader cannot delete a newer object.
struct DeleteOptions {
  std::string version_id;
  std::string if_match;
};

/// One upload under way, of a length not known before. Move-only by pointer; not thread-safe.
/// Ends by Complete(); the destructor aborts and leaves nothing behind. After an error every
/// further call fails with it.
class Upload {
 public:
  Upload() = default;
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;
  virtual ~Upload() = default;

  /// Takes the next bytes. Blocks while the store's bounded buffer is full.
  virtual Status Write(const OpContext& ctx, ByteView bytes) = 0;
  /// Makes the object visible, atomically, under the conditions given at the start.
  /// Errors: AlreadyExists (if_absent and the key is taken, by another upload), InDoubt (the
  /// reply was lost: HEAD the key and compare user metadata, never repeat), else as a Put.
  virtual Result<ObjectInfo> Complete(const OpContext& ctx) = 0;
};

/// A bucket or folder. Thread-safe. Every method blocks, at most until the context's deadline.
///
/// Errors that every method may return: NotFound (the key or version is not there),
/// PermissionDenied (credentials; also a missing key for an identity without ListBucket, then
/// with Origin code "AccessDenied"), Unavailable (down, 429, 503, broken connection),
/// DeadlineExceeded, ResourceExhausted (disk or quota full), FailedPrecondition (the bucket or
/// folder does not exist; not writable), Cancelled. Messages name the store and the key.
class ObjectStore {
 public:
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore() = default;

  /// Writes one small object at once. AlreadyExists, Conflict: see WriteOptions; InDoubt: the
  /// reply was lost.
  virtual Result<ObjectInfo> Put(const OpContext& ctx, const std::string& key, ByteView bytes,
                                 const WriteOptions& options) = 0;
  /// Begins an upload of unknown length. Nothing is visible before Complete().
  virtual Result<std::unique_ptr<Upload>> StartUpload(const OpContext& ctx, const std::string& key,
                                                      const WriteOptions& options) = 0;
  /// Returns the bytes of the object or of a range of it. Conflict: see ReadOptions.
  virtual Result<std::string> Get(const OpContext& ctx, const std::string& key,
                                  const ReadOptions& options) = 0;
  /// Returns what the store knows of the current version, or of `version_id`.
  virtual Result<ObjectInfo> Head(const OpContext& ctx, const std::string& key,
                                  const std::string& version_id) = 0;
  /// Deletes what `options` names. Deleting what is not there is OK. Conflict when the ETag
  /// is another; REQUIRES: a version id or an ETag.
  virtual Status Delete(const OpContext& ctx, const std::string& key,
                        const DeleteOptions& options) = 0;
  /// Returns all keys under `prefix` in byte order. For rebuild, garbage collection, tests.
  virtual Result<std::vector<std::string>> List(const OpContext& ctx,
                                                const std::string& prefix) = 0;
  /// Returns unfinished uploads' keys under `prefix` (temporary files of a folder), for tests
  /// and `doctor`.
  virtual Result<std::vector<std::string>> ListUploads(const OpContext& ctx,
                                                       const std::string& prefix) = 0;
  /// Returns the ids of all versions of `key`, delete markers and the current one too; empty where
  /// no versions are kept. May need a permission of its own (s3:ListBucketVersions).
  virtual Result<std::vector<std::string>> ListVersions(const OpContext& ctx,
                                                        const std::string& key) = 0;
  /// Aborts every unfinished upload of `key`: what a killed process left. Needs no
  /// ListBucket of objects; where the store or its permissions cannot tell, it returns
  /// Unsupported or PermissionDenied and changes nothing.
  virtual Status AbortUploads(const OpContext& ctx, const std::string& key) = 0;
  /// Returns how to name this store to a person: "s3://bucket/prefix", "file:///path".
  virtual std::string Describe() const = 0;
};

}  // namespace pgattic::store
