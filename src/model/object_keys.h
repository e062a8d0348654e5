// Object keys: where everything of an archive lies in the bucket (docs/format.md).
#pragma once

#include <optional>
#include <string>

#include "model/bounds.h"

namespace pgattic::model {

/// Makes the keys of one archive. A plain value.
///
/// A part's key holds its attempt and number, both from the journal, so no key is ever used
/// twice; the one part of a first attempt has the plain name. Names that begin with `_` are
/// skipped by Hive, Trino and Athena; no Parquet lies under such a name.
class ObjectKeys {
 public:
  /// `at_root`: the games profile, which has the bucket to itself.
  ObjectKeys(const SourceId& source, const Bounds& bounds, bool at_root);

  /// `only_part`: the export of this attempt makes one part in all.
  std::string Part(int attempt, int number, bool only_part) const;
  /// The id filter beside the part `part_key`.
  static std::string Filter(const std::string& part_key);
  /// The narrow columns of the part `part_key`: the same below "narrow/" in place of "partitions/".
  static std::string Narrow(const std::string& part_key);
  std::string Checksums() const;
  std::string Metadata() const;
  /// The object that says whose prefix this is.
  const std::string& Owner() const { return owner_; }
  /// The folder of the source, "" or ending in "/".
  const std::string& Prefix() const { return prefix_; }
  /// The folder of the archive, ending in "/". Archives of other bounds may lie there too.
  const std::string& Folder() const { return folder_; }
  /// What Part made of a key; nullopt for a key that it never makes for this archive.
  struct PartName {
    int attempt = 1;
    int number = 0;
  };
  std::optional<PartName> PartNameOf(const std::string& key) const;

 private:
  std::string prefix_;
  std::string owner_;
  std::string folder_;
  std::string stem_;
  bool one_month_ = false;
};

/// Returns `name` with every byte outside [A-Za-z0-9_] as "-" and two hex digits: one to one,
/// and safe in a key, a path and a URL.
std::string KeySafe(const std::string& name);

}  // namespace pgattic::model
