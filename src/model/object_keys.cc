#include "model/object_keys.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

namespace pgattic::model {
namespace {

constexpr std::string_view kPartitions = "partitions/";
constexpr std::string_view kNarrow = "narrow/";

std::string TwoDigits(int value) { return (value < 10 ? "0" : "") + std::to_string(value); }

/// "2024-01-15T10:30:00Z" without what a file name would rather not hold.
std::string Compact(std::int64_t at_us) {
  std::string text = FormatInstant(at_us);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

}  // namespace

std::string KeySafe(const std::string& name) {
  std::string safe;
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (plain) {
      safe += c;
      continue;
    }
    static constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    safe += {'-', kHex[byte >> 4], kHex[byte & 15]};
  }
  return safe;
}

ObjectKeys::ObjectKeys(const SourceId& source, const Bounds& bounds, bool at_root)
    : one_month_(IsOneMonth(bounds)) {
  const YearMonth month = MonthOf(bounds);
  const std::string year_text = std::to_string(month.year);
  if (!at_root) {
    prefix_ =
        KeySafe(source.database) + "." + KeySafe(source.schema) + "." + KeySafe(source.table) + "/";
  }
  owner_ = prefix_ + "_pgattic_owner.json";
  folder_ = prefix_ + std::string(kPartitions) + "year=" + year_text +
            "/month=" + TwoDigits(month.month) + "/";
  stem_ = at_root ? "games" : KeySafe(source.table);
  stem_ += one_month_ ? "_" + year_text + "_" + TwoDigits(month.month)
                      : "_" + Compact(bounds.from_us) + "_" + Compact(bounds.to_us);
}

std::string ObjectKeys::Part(int attempt, int number, bool only_part) const {
  if (attempt == 1 && number == 0 && only_part) return folder_ + stem_ + ".parquet";
  std::array<char, 32> suffix{};
  std::snprintf(suffix.data(), suffix.size(), ".a%d.%04d.parquet", attempt, number);
  return folder_ + stem_ + suffix.data();
}

std::optional<ObjectKeys::PartName> ObjectKeys::PartNameOf(const std::string& key) const {
  if (key == Part(1, 0, true)) return PartName{};
  const std::string start = folder_ + stem_ + ".a";
  if (!key.starts_with(start)) return std::nullopt;
  PartName name;
  const char* end = key.data() + key.size();
  const auto attempt = std::from_chars(key.data() + start.size(), end, name.attempt);
  if (attempt.ec != std::errc() || attempt.ptr == end) return std::nullopt;
  if (std::from_chars(attempt.ptr + 1, end, name.number).ec != std::errc()) return std::nullopt;
  if (name.attempt < 0 || name.number < 0 || Part(name.attempt, name.number, false) != key) {
    return std::nullopt;
  }
  return name;
}

std::string ObjectKeys::Filter(const std::string& part_key) {
  const std::size_t name = part_key.rfind('/') + 1;
  const std::string_view suffix = ".parquet";
  return part_key.substr(0, name) + "_" +
         part_key.substr(name, part_key.size() - name - suffix.size()) + ".idfilter";
}

std::string ObjectKeys::Narrow(const std::string& part_key) {
  // The last one: a table may be called "partitions".
  const std::size_t at = part_key.rfind(kPartitions);
  if (at == part_key.npos) return "";
  return part_key.substr(0, at).append(kNarrow) + part_key.substr(at + kPartitions.size());
}

std::string ObjectKeys::Checksums() const {
  return folder_ + (one_month_ ? "_checksums.sha256" : "_" + stem_ + "_checksums.sha256");
}

std::string ObjectKeys::Metadata() const {
  return folder_ +
         (one_month_ ? "_partition_metadata.json" : "_" + stem_ + "_partition_metadata.json");
}

}  // namespace pgattic::model
