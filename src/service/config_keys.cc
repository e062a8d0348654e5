#include "service/config_keys.h"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace pgattic::service {
namespace {

Status Whole(const std::string& text, int least, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size() && out >= least) {
    return Status::Ok();
  }
  return {Code::kInvalidArgument,
          "'" + text + "' is not a whole number of at least " + std::to_string(least)};
}

Status Flag(const std::string& text, bool& out) {
  if (text != "true" && text != "false") {
    return {Code::kInvalidArgument, "'" + text + "' is neither true nor false"};
  }
  out = text == "true";
  return Status::Ok();
}

Status Millis(const std::string& text, std::chrono::milliseconds& out) {
  PGATTIC_ASSIGN_OR_RETURN(out, ParseDuration(text));
  return Status::Ok();
}

Status Bytes(const std::string& text, std::int64_t& out) {
  PGATTIC_ASSIGN_OR_RETURN(out, ParseSize(text));
  return Status::Ok();
}

/// Splits "schema.table"; either may be quoted as in SQL.
Status TableName(const std::string& text, pg::QualifiedName& out) {
  std::vector<std::string> pieces(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      if (quoted && i + 1 < text.size() && text[i + 1] == '"') {
        pieces.back() += text[++i];
      } else {
        quoted = !quoted;
      }
    } else if (text[i] == '.' && !quoted) {
      pieces.emplace_back();
    } else {
      pieces.back() += text[i];
    }
  }
  if (pieces.size() == 1) pieces.insert(pieces.begin(), "public");
  if (quoted || pieces.size() != 2 || pieces[0].empty() || pieces[1].empty()) {
    return {Code::kInvalidArgument, "'" + text +
                                        "' is not a table; write schema.table, "
                                        "names with dots in double quotes"};
  }
  out = {pieces[0], pieces[1]};
  return Status::Ok();
}

template <typename Field>
auto Text(Field field) {
  return [field](Config& config, const std::string& text) {
    field(config) = text;
    return Status::Ok();
  };
}

}  // namespace

#define PGATTIC_TEXT(member) Text([](Config& c) -> std::string& { return c.member; })
#define PGATTIC_SET(setter, member) \
  [](Config& c, const std::string& text) { return setter(text, c.member); }

const std::vector<ConfigKey>& ConfigKeys() {
  static const std::vector<ConfigKey> keys = {
      {"database.url", "PG* variables", "libpq URL or keywords", PGATTIC_TEXT(database_url)},
      {"archive.url", "", "file:///folder or s3://bucket/prefix", PGATTIC_TEXT(archive_url)},
      {"s3.endpoint", "AWS's", "http:// or https:// of another S3 server",
       PGATTIC_TEXT(s3.endpoint)},
      {"s3.region", "the AWS chain's", "region of the bucket", PGATTIC_TEXT(s3.region)},
      {"s3.path_style", "false; true with an endpoint", "bucket in the path, not the host",
       PGATTIC_SET(Flag, s3.path_style)},
      {"s3.access_key", "the AWS chain's", "access key id", PGATTIC_TEXT(s3.access_key)},
      {"s3.secret_key", "the AWS chain's", "secret access key; never printed",
       [](Config& c, const std::string& text) {
         c.s3.secret_key = Secret(text);
         return Status::Ok();
       }},
      {"s3.session_token", "the AWS chain's", "session token; never printed",
       [](Config& c, const std::string& text) {
         c.s3.session_token = Secret(text);
         return Status::Ok();
       }},
      {"s3.ca_file", "the system's", "PEM file of trusted authorities", PGATTIC_TEXT(s3.ca_file)},
      {"s3.storage_class", "STANDARD", "storage class of data objects",
       PGATTIC_TEXT(s3.storage_class)},
      {"s3.sse_kms_key_id", "none", "key for SSE-KMS", PGATTIC_TEXT(s3.sse_kms_key_id)},
      {"s3.tags", "none", "object tags, key=value&key=value", PGATTIC_TEXT(s3.tags)},
      {"run.workers", "one a core", "parallel COPY streams",
       [](Config& c, const std::string& text) { return Whole(text, 1, c.run.workers); }},
      {"run.part_size", "256MiB", "size of the table's piece that makes one part",
       PGATTIC_SET(Bytes, run.part_relation_bytes)},
      {"run.single_part_size", "64MiB", "below it, one part is enough",
       PGATTIC_SET(Bytes, run.single_part_bytes)},
      {"run.parent_lock_timeout", "200ms", "longest wait for the parent's lock",
       PGATTIC_SET(Millis, run.parent_lock_timeout)},
      {"run.partition_lock_timeout", "5s", "longest wait for the old partition's lock",
       PGATTIC_SET(Millis, run.partition_lock_timeout)},
      {"run.swap_tries", "5", "tries at the swap in one run",
       [](Config& c, const std::string& text) { return Whole(text, 1, c.run.swap_tries); }},
      {"run.swap_pause", "10s", "pause between them", PGATTIC_SET(Millis, run.swap_pause)},
      {"run.snapshot_wait", "10m", "longest wait for old snapshots before the swap",
       PGATTIC_SET(Millis, run.snapshot_wait)},
      {"run.proof", "sample", "sample, or full: compare every row with PostgreSQL's text",
       [](Config& c, const std::string& text) -> Status {
         if (text != "sample" && text != "full") {
           return {Code::kInvalidArgument, "'" + text + "' is neither sample nor full"};
         }
         c.run.proof_full = text == "full";
         return Status::Ok();
       }},
      {"lookup.footer_cache", "64MiB", "memory for footers and id filters",
       PGATTIC_SET(Bytes, footer_cache_bytes)},
  };
  return keys;
}

#undef PGATTIC_TEXT
#undef PGATTIC_SET

const std::vector<SourceKey>& SourceKeys() {
  using archive::SourceOptions;
  static const std::vector<SourceKey> keys = {
      {"table", "", "schema.table of the partitioned parent",
       [](SourceOptions& s, const std::string& text) { return TableName(text, s.table); }},
      {"id_column", "", "column that names a row",
       [](SourceOptions& s, const std::string& text) {
         s.id_column = text;
         return Status::Ok();
       }},
      {"profile", "none", "games: mark games.migration_status",
       [](SourceOptions& s, const std::string& text) -> Status {
         if (text != "games") {
           return {Code::kInvalidArgument, "no profile '" + text + "'; there is \"games\""};
         }
         s.is_games = true;
         return Status::Ok();
       }},
      {"retention_months", "3", "age at which a partition may be archived",
       [](SourceOptions& s, const std::string& text) {
         return Whole(text, 0, s.retention_months);
       }},
      {"grace", "7d", "time between swap and drop",
       [](SourceOptions& s, const std::string& text) -> Status {
         PGATTIC_ASSIGN_OR_RETURN(const auto grace, ParseDuration(text));
         s.grace = std::chrono::duration_cast<std::chrono::seconds>(grace);
         return Status::Ok();
       }},
      {"allow_publications", "false", "archive although a publication lists the partition",
       [](SourceOptions& s, const std::string& text) { return Flag(text, s.allow_publications); }},
      {"allow_changes", "false", "archive although rows are still updated",
       [](SourceOptions& s, const std::string& text) { return Flag(text, s.allow_changes); }},
  };
  return keys;
}

std::string NearestKey(const std::string& name, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = std::string::npos;
  for (const std::string& candidate : known) {
    std::vector<std::size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= name.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t above = row[j];
        row[j] = std::min(
            {above + 1, row[j - 1] + 1, diagonal + (name[i - 1] == candidate[j - 1] ? 0 : 1)});
        diagonal = above;
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

std::string VariableOf(const std::string& key) {
  std::string name = "PGATTIC_";
  for (const char c : key) {
    name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return name;
}

}  // namespace pgattic::service
