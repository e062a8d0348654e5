#include "model/metadata.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace pgattic::model {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 1;

Json ToJson(const Column& column) {
  return {{"name", column.name},
          {"pg_type", column.type.formatted},
          {"pg_type_oid", column.type.oid},
          {"typmod", column.type.typmod},
          {"parquet_type", TransportName(column.transport)},
          {"nullable", column.nullable}};
}

Json ToJson(const PartRecord& part) {
  Json json = {{"key", part.key},
               {"number", part.number},
               {"round", part.round},
               {"attempt", part.attempt},
               {"rows", part.rows},
               {"bytes", part.bytes},
               {"raw_bytes", part.raw_bytes},
               {"sha256", part.sha256},
               {"etag", part.etag},
               {"version_id", part.version_id},
               {"crc64nvme", part.crc64nvme},
               {"min_id", part.min_id},
               {"max_id", part.max_id},
               {"footer_bytes", part.footer_bytes},
               {"digest", {{"rows", part.digest.rows}, {"sum", part.digest.sum.ToHex()}}},
               {"filter_key", part.filter_key},
               {"filter_etag", part.filter_etag}};
  if (part.narrow) json["narrow"] = Json::parse(SerializeNarrowObject(*part.narrow));
  return json;
}

Status Damaged(const std::string& what) {
  return {Code::kCorruption, "not the metadata of an archive: " + what};
}

/// Reads an integer of at least `least`. Corruption for what T cannot hold: get_to would wrap it.
template <typename T>
Status Read(const Json& json, const char* key, T least, T& value) {
  const Json& number = json.at(key);
  if (number.is_number_unsigned() && std::in_range<T>(number.get<std::uint64_t>())) {
    value = static_cast<T>(number.get<std::uint64_t>());
  } else if (number.is_number_integer() && std::in_range<T>(number.get<std::int64_t>())) {
    value = static_cast<T>(number.get<std::int64_t>());
  } else {
    return Damaged(std::string("\"") + key + "\" is not a number that it can be");
  }
  return value >= least ? Status::Ok() : Damaged(std::string("\"") + key + "\" is negative");
}

template <typename T>
Status ReadCount(const Json& json, const char* key, T& value) {
  return Read<T>(json, key, 0, value);
}

Result<Column> ColumnFromJson(const Json& json) {
  Column column;
  json.at("name").get_to(column.name);
  json.at("pg_type").get_to(column.type.formatted);
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "pg_type_oid", column.type.oid));
  PGATTIC_RETURN_IF_ERROR(
      Read(json, "typmod", std::numeric_limits<std::int32_t>::min(), column.type.typmod));
  json.at("nullable").get_to(column.nullable);
  PGATTIC_ASSIGN_OR_RETURN(column.transport,
                           TransportFromName(json.at("parquet_type").get<std::string>()));
  return column;
}

Result<PartRecord> PartFromJson(const Json& json) {
  PartRecord part;
  json.at("key").get_to(part.key);
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "number", part.number));
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "round", part.round));
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "attempt", part.attempt));
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "rows", part.rows));
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "bytes", part.bytes));
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "raw_bytes", part.raw_bytes));
  json.at("sha256").get_to(part.sha256);
  json.at("etag").get_to(part.etag);
  json.at("version_id").get_to(part.version_id);
  json.at("crc64nvme").get_to(part.crc64nvme);
  json.at("min_id").get_to(part.min_id);
  json.at("max_id").get_to(part.max_id);
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "footer_bytes", part.footer_bytes));
  const Json& digest = json.at("digest");
  PGATTIC_RETURN_IF_ERROR(ReadCount(digest, "rows", part.digest.rows));
  PGATTIC_ASSIGN_OR_RETURN(part.digest.sum, Sum128::FromHex(digest.at("sum").get<std::string>()));
  json.at("filter_key").get_to(part.filter_key);
  json.at("filter_etag").get_to(part.filter_etag);
  if (json.contains("narrow")) {
    PGATTIC_ASSIGN_OR_RETURN(part.narrow, ParseNarrowObject(json.at("narrow").dump()));
  }
  return part;
}

/// Corruption where what the parts add up to is no number.
Status CheckSums(const std::vector<PartRecord>& parts) {
  std::int64_t rows = 0;
  std::int64_t raw_bytes = 0;
  std::int64_t bytes = 0;
  for (const PartRecord& part : parts) {
    if (__builtin_add_overflow(rows, part.digest.rows, &rows) ||
        __builtin_add_overflow(raw_bytes, part.raw_bytes, &raw_bytes) ||
        __builtin_add_overflow(bytes, part.bytes, &bytes)) {
      return Damaged("the sizes of its parts have no sum");
    }
  }
  return Status::Ok();
}

/// Names of a database in SQL_ASCII may be any bytes; JSON holds UTF-8 alone.
std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Throws what nlohmann throws; ParseMetadata catches it.
Result<Metadata> FromJson(const Json& json) {
  Metadata metadata;
  const Json& source = json.at("source");
  metadata.source = {source.at("database").get<std::string>(),
                     source.at("schema").get<std::string>(), source.at("table").get<std::string>()};
  json.at("partition_name").get_to(metadata.partition_name);
  source.at("partition_column").get_to(metadata.partition_column);
  source.at("id_column").get_to(metadata.id_column);
  json.at("bounds").at("from").get_to(metadata.bounds.from);
  json.at("bounds").at("to").get_to(metadata.bounds.to);
  PGATTIC_ASSIGN_OR_RETURN(metadata.bounds.from_us, ParseInstant(metadata.bounds.from));
  PGATTIC_ASSIGN_OR_RETURN(metadata.bounds.to_us, ParseInstant(metadata.bounds.to));
  for (const Json& item : json.at("columns")) {
    PGATTIC_ASSIGN_OR_RETURN(Column column, ColumnFromJson(item));
    metadata.columns.push_back(std::move(column));
  }
  for (const Json& item : json.at("parts")) {
    PGATTIC_ASSIGN_OR_RETURN(PartRecord part, PartFromJson(item));
    metadata.parts.push_back(std::move(part));
  }
  PGATTIC_RETURN_IF_ERROR(CheckSums(metadata.parts));
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "former_relation_bytes", metadata.former_relation_bytes));
  json.at("archived_at").get_to(metadata.archived_at);
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "generation", metadata.generation));
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "attempt", metadata.attempt));
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "revision", metadata.revision));
  json.at("system_identifier").get_to(metadata.system_identifier);
  PGATTIC_RETURN_IF_ERROR(ReadCount(json, "timeline", metadata.timeline));
  json.at("lsn").get_to(metadata.lsn);
  json.at("tool_version").get_to(metadata.tool_version);
  json.at("erased").get_to(metadata.erased);
  return metadata;
}

double Megabytes(std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; }

Json FileInfo(const Metadata& metadata) {
  const auto raw = static_cast<double>(metadata.raw_bytes());
  const auto stored = static_cast<double>(metadata.stored_bytes());
  Json checksums = Json::object();
  for (const PartRecord& part : metadata.parts) checksums[part.key] = "sha256:" + part.sha256;
  return {{"original_size_mb", Megabytes(metadata.raw_bytes())},
          {"compressed_size_mb", Megabytes(metadata.stored_bytes())},
          {"compression_ratio", stored > 0 ? raw / stored : 0.0},
          {"checksum", checksums}};
}

}  // namespace

std::int64_t Metadata::rows() const { return digest().rows; }

std::int64_t Metadata::raw_bytes() const {
  std::int64_t sum = 0;
  for (const PartRecord& part : parts) sum += part.raw_bytes;
  return sum;
}

std::int64_t Metadata::stored_bytes() const {
  std::int64_t sum = 0;
  for (const PartRecord& part : parts) sum += part.bytes;
  return sum;
}

RowDigest Metadata::digest() const {
  RowDigest sum;
  for (const PartRecord& part : parts) sum.Add(part.digest);
  return sum;
}

std::string SerializeMetadata(const Metadata& metadata) {
  const YearMonth month = MonthOf(metadata.bounds);
  Json columns = Json::array();
  for (const Column& column : metadata.columns) columns.push_back(ToJson(column));
  Json parts = Json::array();
  for (const PartRecord& part : metadata.parts) parts.push_back(ToJson(part));
  const RowDigest digest = metadata.digest();
  const Json json = {
      {"schema_version", kSchemaVersion},
      {"partition_name", metadata.partition_name},
      {"year", month.year},
      {"month", month.month},
      {"row_count", metadata.rows()},
      {"game_count", metadata.rows()},
      {"date_range",
       {{"start", FormatInstant(metadata.bounds.from_us)},
        {"end", FormatInstant(metadata.bounds.to_us)}}},
      {"file_info", FileInfo(metadata)},
      {"archived_at", metadata.archived_at},
      {"source",
       {{"database", metadata.source.database},
        {"schema", metadata.source.schema},
        {"table", metadata.source.table},
        {"partition_column", metadata.partition_column},
        {"id_column", metadata.id_column}}},
      {"bounds", {{"from", metadata.bounds.from}, {"to", metadata.bounds.to}}},
      {"columns", columns},
      {"parts", parts},
      {"digest", {{"rows", digest.rows}, {"sum", digest.sum.ToHex()}}},
      {"proof", {{"read_back", "whole"}, {"digest", "xxh3-128 sum over canonical rows"}}},
      {"former_relation_bytes", metadata.former_relation_bytes},
      {"generation", metadata.generation},
      {"attempt", metadata.attempt},
      {"revision", metadata.revision},
      {"system_identifier", metadata.system_identifier},
      {"timeline", metadata.timeline},
      {"lsn", metadata.lsn},
      {"erased", metadata.erased},
      {"tool_version", metadata.tool_version},
  };
  return Dump(json);
}

Result<Metadata> ParseMetadata(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    int version = 0;
    PGATTIC_RETURN_IF_ERROR(ReadCount(json, "schema_version", version));
    if (version != kSchemaVersion) {
      return {Code::kUnsupported, "metadata of schema version " + std::to_string(version) +
                                      "; this program reads version " +
                                      std::to_string(kSchemaVersion)};
    }
    return FromJson(json);
  } catch (const Json::exception& error) {
    return Damaged(error.what());
  }
}

std::string SerializeChecksums(const std::vector<PartRecord>& parts) {
  std::string text;
  for (const PartRecord& part : parts) {
    text += part.sha256 + "  " + part.key.substr(part.key.rfind('/') + 1) + "\n";
  }
  return text;
}

std::string SerializeOwner(const SourceId& source, const std::string& system_identifier) {
  const Json json = {{"database", source.database},
                     {"schema", source.schema},
                     {"table", source.table},
                     {"system_identifier", system_identifier}};
  return Dump(json);
}

}  // namespace pgattic::model
