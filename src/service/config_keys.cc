#include "service/config_keys.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "base/split.h"
#include "cache/redis_url.h"
#include "service/duckdb_keys.h"
#include "service/engine_keys.h"
#include "service/schedule_keys.h"
#include "service/serve_keys.h"
#include "service/units.h"

namespace pgattic::service {
namespace {

/// A century: beyond it, arithmetic on dates is somebody's mistake.
constexpr int kMostRetentionMonths = 1200;

/// A setter that parses with `parse`, a function of units.h, and assigns.
template <typename Target, typename Parse, typename Field>
auto Set(Parse parse, Field field) {
  return [parse, field](Target& target, const std::string& text) -> Status {
    PGATTIC_ASSIGN_OR_RETURN(field(target), parse(text));
    return Status::Ok();
  };
}

auto Whole(int least, int most) {
  return [=](const std::string& text) { return ParseWhole(text, least, most); };
}

/// PostgreSQL's time-outs, and the S3 client's, are 32 bits of milliseconds.
Result<std::chrono::milliseconds> Timeout(const std::string& text) {
  PGATTIC_ASSIGN_OR_RETURN(const std::chrono::milliseconds value, ParseDuration(text));
  if (value <= std::chrono::days(20)) return value;
  return {Code::kInvalidArgument, "'" + text + "' is too long; at most 20d"};
}

Result<std::chrono::seconds> Grace(const std::string& text) {
  PGATTIC_ASSIGN_OR_RETURN(const std::chrono::milliseconds value, ParseDuration(text));
  if (value > std::chrono::days(3650)) {
    return {Code::kInvalidArgument, "'" + text + "' is too long; at most 3650d"};
  }
  return std::chrono::ceil<std::chrono::seconds>(value);
}

Result<std::string> AsItIs(const std::string& text) { return text; }

Result<Secret> AsSecret(const std::string& text) { return Secret(text); }

/// libpq takes what is no URL of its own for keywords, and repeats it, with the password, in
/// its messages; so a URL of another scheme ends here and is not shown.
Result<std::string> DatabaseUrl(const std::string& text) {
  const std::string scheme = text.substr(0, std::min(text.find("://"), text.size()));
  const bool is_url =
      scheme.size() < text.size() && std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
      });
  if (!is_url || scheme == "postgresql" || scheme == "postgres") return text;
  return {Code::kInvalidArgument,
          "the URL is of another scheme (it is not shown, it may hold a password); write "
          "postgresql://… or libpq's keywords, host=… dbname=…"};
}

Result<std::string> ArchiveUrl(const std::string& text) {
  const bool is_file = text.starts_with("file://");
  const bool is_s3 = text.starts_with("s3://");
  if (is_file && (text.size() < 9 || text[7] != '/')) {
    return {Code::kInvalidArgument,
            "'" + text + "' does not name an absolute folder; write file:///var/lib/pgattic"};
  }
  if (is_s3 && (text.size() == 5 || text[5] == '/')) {
    return {Code::kInvalidArgument, "'" + text + "' names no bucket; write s3://bucket/prefix"};
  }
  if (is_file || is_s3) return text;
  return {Code::kInvalidArgument, "'" + text + "' is neither file:///… nor s3://…"};
}

Result<std::vector<lookup::Tier>> ParseTiers(const std::string& text) {
  std::vector<lookup::Tier> tiers;
  for (std::string& name : Split(text, ",")) {
    std::erase(name, ' ');
    const lookup::Tier tier = name == "direct"   ? lookup::Tier::kArchive
                              : name == "copy"   ? lookup::Tier::kCopy
                              : name == "engine" ? lookup::Tier::kEngine
                                                 : lookup::Tier::kNone;
    const bool is_new = std::find(tiers.begin(), tiers.end(), tier) == tiers.end();
    if (tier == lookup::Tier::kNone || !is_new) {
      return {Code::kInvalidArgument,
              "'" + name + "' is no tier, or named twice; write some of direct, copy, engine"};
    }
    tiers.push_back(tier);
  }
  return tiers;
}

Result<std::string> FolderPath(const std::string& text) {
  if (text.starts_with('/')) return text;
  return {Code::kInvalidArgument, "'" + text + "' is not absolute; write /var/cache/pgattic"};
}

/// The URL is not repeated: it may hold a password.
Result<Secret> CacheUrl(const std::string& text) {
  if (text == "memory" || text == "none") return Secret(text);
  PGATTIC_RETURN_IF_ERROR(cache::ParseRedisUrl(Secret(text)).status());
  return Secret(text);
}

Result<std::chrono::milliseconds> CacheTtl(const std::string& text) {
  PGATTIC_ASSIGN_OR_RETURN(const std::chrono::milliseconds value, Timeout(text));
  if (value.count() > 0) return value;
  return {Code::kInvalidArgument, "'" + text + "' keeps nothing; cache.url = \"none\" is no cache"};
}

Result<bool> ProofIsFull(const std::string& text) {
  if (text == "sample" || text == "full") return text == "full";
  return {Code::kInvalidArgument, "'" + text + "' is neither sample nor full"};
}

}  // namespace

#define PGATTIC_KEY(parse, member) \
  Set<Config>(                     \
      parse, [](Config & c) -> auto& { return c.member; })

namespace {

std::vector<ConfigKey> LookupKeys() {
  return {
      {"lookup.footer_cache", "64MiB", "memory for footers and id filters",
       PGATTIC_KEY(ParseSize, lookup.footer_cache_bytes)},
      {"lookup.filters_ahead", "true",
       "fetch id filters before they are wanted, where half of lookup.footer_cache holds all",
       PGATTIC_KEY(ParseFlag, lookup.filters_ahead)},
      {"lookup.store_deadline", "10s", "longest a read of a store takes",
       PGATTIC_KEY(Timeout, lookup.store_deadline)},
      {"lookup.database_deadline", "10s", "longest a question to PostgreSQL takes",
       PGATTIC_KEY(Timeout, lookup.database_deadline)},
      {"lookup.footer_cache_dir", "none", "folder where footers and id filters outlive the process",
       PGATTIC_KEY(FolderPath, lookup.footer_cache_folder)},
      {"lookup.footer_cache_disk", "1GiB", "most bytes in that folder",
       PGATTIC_KEY(ParseSize, lookup.footer_cache_disk_bytes)},
      {"lookup.engine_deadline", "30s", "longest a question to a SQL engine takes",
       PGATTIC_KEY(Timeout, lookup.engine_deadline)},
      {"tiers", "direct,copy,engine",
       "what reads parts, in the order asked; one that is not configured is left out",
       PGATTIC_KEY(ParseTiers, lookup.tiers)},
      {"copy.url", "none",
       "file:///folder or s3://bucket/prefix of a second store: written before a drop, read where "
       "the first fails",
       PGATTIC_KEY(ArchiveUrl, lookup.copy_url)},
      {"copy.endpoint", "s3.endpoint", "of the second store",
       PGATTIC_KEY(AsItIs, copy_s3.endpoint)},
      {"copy.region", "s3.region", "of its bucket", PGATTIC_KEY(AsItIs, copy_s3.region)},
      {"copy.path_style", "s3.path_style", "bucket in the path, not the host",
       PGATTIC_KEY(ParseFlag, copy_s3.path_style)},
      {"copy.access_key", "s3.access_key", "access key id",
       PGATTIC_KEY(AsItIs, copy_s3.access_key)},
      {"copy.secret_key", "s3.secret_key", "secret access key; never printed",
       PGATTIC_KEY(AsSecret, copy_s3.secret_key)},
      {"copy.session_token", "s3.session_token", "session token; never printed",
       PGATTIC_KEY(AsSecret, copy_s3.session_token)},
      {"copy.ca_file", "s3.ca_file", "PEM file of trusted authorities",
       PGATTIC_KEY(AsItIs, copy_s3.ca_file)},
      {"copy.storage_class", "s3.storage_class", "storage class of the copies",
       PGATTIC_KEY(AsItIs, copy_s3.storage_class)},
      {"copy.sse_kms_key_id", "s3.sse_kms_key_id", "key for SSE-KMS",
       PGATTIC_KEY(AsItIs, copy_s3.sse_kms_key_id)},
      {"scrub.bytes_a_day", "0", "what scrubs read of the stores between midnights; 0: no limit",
       PGATTIC_KEY(ParseSize, scrub.bytes_a_day)},
      {"scrub.max_read_rate", "2MiB", "bytes a second that a scrub reads; 0: no limit",
       PGATTIC_KEY(ParseSize, scrub.max_read_rate)},
      {"cache.url", "memory", "memory, none, redis://… or unix:///… of a Redis; never printed",
       PGATTIC_KEY(CacheUrl, lookup.cache_url)},
      {"cache.size", "64MiB", "memory for rows, where the cache is memory",
       PGATTIC_KEY(ParseSize, lookup.cache_bytes)},
      {"cache.ttl", "1h", "time that a row is kept", PGATTIC_KEY(CacheTtl, lookup.cache_ttl)},
  };
}

std::vector<ConfigKey> StoreAndRunKeys() {
  return {
      {"database.url", "PG* variables", "libpq URL or keywords",
       PGATTIC_KEY(DatabaseUrl, database_url)},
      {"archive.url", "", "file:///folder or s3://bucket/prefix",
       PGATTIC_KEY(ArchiveUrl, archive_url)},
      {"s3.endpoint", "AWS's", "http:// or https:// of another S3 server",
       PGATTIC_KEY(AsItIs, s3.endpoint)},
      {"s3.region", "AWS_REGION, AWS_DEFAULT_REGION, the profile's, us-east-1",
       "region of the bucket", PGATTIC_KEY(AsItIs, s3.region)},
      {"s3.path_style", "true with an endpoint or a bucket with dots, else false",
       "bucket in the path, not the host", PGATTIC_KEY(ParseFlag, s3.path_style)},
      {"s3.access_key", "the AWS chain's", "access key id", PGATTIC_KEY(AsItIs, s3.access_key)},
      {"s3.secret_key", "the AWS chain's", "secret access key; never printed",
       PGATTIC_KEY(AsSecret, s3.secret_key)},
      {"s3.session_token", "the AWS chain's", "session token; never printed",
       PGATTIC_KEY(AsSecret, s3.session_token)},
      {"s3.ca_file", "the system's", "PEM file of trusted authorities",
       PGATTIC_KEY(AsItIs, s3.ca_file)},
      {"s3.storage_class", "STANDARD", "storage class of data objects",
       PGATTIC_KEY(AsItIs, s3.storage_class)},
      {"s3.sse_kms_key_id", "none", "key for SSE-KMS", PGATTIC_KEY(AsItIs, s3.sse_kms_key_id)},
      {"s3.tags", "none", "object tags, key=value&key=value, URL-encoded",
       PGATTIC_KEY(ParseTags, s3.tags)},
      {"s3.checksums", "true", "CRC64NVME with every body; false for servers that refuse it",
       PGATTIC_KEY(ParseFlag, s3.checksums)},
      {"s3.part_size", "5MiB", "piece of an upload, 5MiB to 5GiB; each is a buffer",
       PGATTIC_KEY(ParseSize, s3.part_size_bytes)},
      {"s3.parts_in_flight", "2", "pieces of one upload on their way at a time",
       PGATTIC_KEY(Whole(1, 100), s3.parts_in_flight)},
      {"s3.max_connections", "16", "connections to the store",
       PGATTIC_KEY(Whole(1, 1000), s3.max_connections)},
      {"s3.connect_timeout", "3s", "longest wait for a connection",
       PGATTIC_KEY(Timeout, s3.connect_timeout)},
      {"s3.request_timeout", "2m", "longest a request takes, repetitions included",
       PGATTIC_KEY(Timeout, s3.request_timeout)},
      {"s3.max_retries", "3", "repetitions of a request that failed",
       PGATTIC_KEY(Whole(0, 20), s3.max_retries)},
      {"run.workers", "one a core", "parallel COPY streams",
       PGATTIC_KEY(Whole(1, 256), run.workers)},
      {"run.part_size", "256MiB", "size of the table's piece that makes one part",
       PGATTIC_KEY(ParseSize, run.part_relation_bytes)},
      {"run.single_part_size", "64MiB", "below it, one part is enough",
       PGATTIC_KEY(ParseSize, run.single_part_bytes)},
      {"run.parent_lock_timeout", "200ms", "longest wait for the parent's lock",
       PGATTIC_KEY(Timeout, run.parent_lock_timeout)},
      {"run.partition_lock_timeout", "5s", "longest wait for the old partition's lock",
       PGATTIC_KEY(Timeout, run.partition_lock_timeout)},
      {"run.swap_tries", "5", "tries at the swap in one run",
       PGATTIC_KEY(Whole(1, 1000), run.swap_tries)},
      {"run.swap_pause", "10s", "pause between them", PGATTIC_KEY(Timeout, run.swap_pause)},
      {"run.snapshot_wait", "10m", "longest wait for old snapshots before the swap",
       PGATTIC_KEY(Timeout, run.snapshot_wait)},
      {"run.proof", "sample", "sample, or full: compare every row with PostgreSQL's text",
       PGATTIC_KEY(ProofIsFull, run.proof_full)},
  };
}

}  // namespace

const std::vector<ConfigKey>& ConfigKeys() {
  static const std::vector<ConfigKey> keys = [] {
    std::vector<ConfigKey> all = StoreAndRunKeys();
    const std::vector<ConfigKey> lookup = LookupKeys();
    all.insert(all.end(), lookup.begin(), lookup.end());
    const std::vector<ConfigKey> serve = ServeKeys();
    all.insert(all.end(), serve.begin(), serve.end());
    const std::vector<ConfigKey> duckdb = DuckDbKeys();
    all.insert(all.end(), duckdb.begin(), duckdb.end());
    const std::vector<ConfigKey> engine = EngineKeys();
    all.insert(all.end(), engine.begin(), engine.end());
    const std::vector<ConfigKey> schedule = ScheduleKeys();
    all.insert(all.end(), schedule.begin(), schedule.end());
    return all;
  }();
  return keys;
}

#undef PGATTIC_KEY
#define PGATTIC_KEY(parse, member) \
  Set<SourceOptions>(              \
      parse, [](SourceOptions & s) -> auto& { return s.member; })

const std::vector<SourceKey>& SourceKeys() {
  using archive::SourceOptions;
  static const std::vector<SourceKey> keys = {
      {"table", "", "schema.table of the partitioned parent", PGATTIC_KEY(ParseTableName, table)},
      {"id_column", "", "column that names a row", PGATTIC_KEY(AsItIs, id_column)},
      {"profile", "none", "games: mark games.migration_status",
       [](SourceOptions& s, const std::string& text) -> Status {
         if (text != "games") {
           return {Code::kInvalidArgument, "no profile '" + text + "'; there is \"games\""};
         }
         s.is_games = true;
         return Status::Ok();
       }},
      {"retention_months", "3", "age at which a partition may be archived, at most 1200",
       PGATTIC_KEY(Whole(0, kMostRetentionMonths), retention_months)},
      {"rollout", "none",
       "stages of [{months = 6, soak = \"14d\"}, {months = 3}], not retention_months",
       PGATTIC_KEY(ParseRollout, rollout)},
      {"grace", "7d", "time between swap and drop", PGATTIC_KEY(Grace, grace)},
      {"allow_publications", "false", "archive although a publication lists the partition",
       PGATTIC_KEY(ParseFlag, allow_publications)},
      {"allow_changes", "false", "archive although rows are still updated",
       PGATTIC_KEY(ParseFlag, allow_changes)},
  };
  return keys;
}

#undef PGATTIC_KEY

namespace {

std::size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.empty() ? 0 : row.back();
}

std::string LastPiece(const std::string& key) { return key.substr(key.rfind('.') + 1); }

}  // namespace

std::string NearestKey(const std::string& name, const std::vector<std::string>& known) {
  constexpr std::size_t kMostDistance = 3;
  std::string best;
  std::size_t best_distance = std::min(kMostDistance, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    // A key in the wrong section is nearer than one that only looks alike.
    const bool is_moved = LastPiece(candidate) == LastPiece(name);
    const std::size_t distance = is_moved ? 0 : EditDistance(name, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

std::string FlagOf(const std::string& key) {
  std::string flag = "--" + key;
  std::replace_if(
      flag.begin(), flag.end(), [](char c) { return c == '.' || c == '_'; }, '-');
  return flag;
}

std::string VariableOf(const std::string& key) {
  std::string name = "PGATTIC_";
  for (const char c : key) {
    name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return name;
}

}  // namespace pgattic::service
