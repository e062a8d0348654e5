#include "engine/parquet_answer.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/duckdb_error.h"
#include "engine/duckdb_session.h"
#include "engine/duckdb_sql.h"

namespace pgattic::engine {
namespace {

constexpr std::array<std::string_view, 22> kSameTypes = {"boolean",
                                                         "tinyint",
                                                         "smallint",
                                                         "integer",
                                                         "bigint",
                                                         "real",
                                                         "utinyint",
                                                         "usmallint",
                                                         "uinteger",
                                                         "ubigint",
                                                         "double",
                                                         "date",
                                                         "time",
                                                         "uuid",
                                                         "blob",
                                                         "timestamp",
                                                         "timestamp_s",
                                                         "timestamp_ms",
                                                         "timestamp_ns",
                                                         "json",
                                                         "time with time zone",
                                                         "timestamp with time zone"};

class ParquetAnswerImpl final : public ParquetAnswer {
 public:
  ParquetAnswerImpl(DatabaseHandle database, std::unique_ptr<DuckDbSession> session)
      : database_(std::move(database)), session_(std::move(session)) {}

  Status Columns(const std::vector<AnswerColumn>& columns) override {
    columns_ = columns;
    std::string names;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      names += (i == 0 ? "c" : ", c") + std::to_string(i) + " VARCHAR";
    }
    PGATTIC_RETURN_IF_ERROR(session_->Define(OpContext(), "CREATE TABLE answer (" + names + ")"));
    duckdb_appender appender = nullptr;
    const duckdb_state made =
        duckdb_appender_create(session_->connection(), nullptr, "answer", &appender);
    appender_.reset(appender);
    return made == DuckDBSuccess ? Status::Ok() : AppenderError();
  }

  Status Row(std::span<const AnswerValue> values) override {
    for (const AnswerValue& value : values) {
      const duckdb_state appended =
          value ? duckdb_append_varchar_length(appender_.get(), value->data(), value->size())
                : duckdb_append_null(appender_.get());
      if (appended == DuckDBError) return AppenderError();
    }
    return duckdb_appender_end_row(appender_.get()) == DuckDBSuccess ? Status::Ok()
                                                                     : AppenderError();
  }

  Status Write(const OpContext& ctx, const std::string& path) override {
    if (!appender_) return {Code::kInternal, "there is no answer to write"};
    if (duckdb_appender_flush(appender_.get()) == DuckDBError) return AppenderError();
    std::string select;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      select += (i == 0 ? "CAST(c" : ", CAST(c") + std::to_string(i) + " AS " +
                ParquetTypeOf(columns_[i].type) + ") AS " +
                pg::Identifier(columns_[i].name).Quoted();
    }
    return session_->Define(ctx, "COPY (SELECT " + select + " FROM answer) TO " +
                                     pg::QuoteLiteral(path) +
                                     " (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)");
  }

 private:
  Status AppenderError() const {
    const char* why = duckdb_appender_error(appender_.get());
    return {Code::kResourceExhausted,
            std::string("the answer cannot be kept: ") + (why == nullptr ? "no reason" : why)};
  }

  DatabaseHandle database_;
  std::unique_ptr<DuckDbSession> session_;
  AppenderHandle appender_;
  std::vector<AnswerColumn> columns_;
};

}  // namespace

std::string ParquetTypeOf(const std::string& engine_type) {
  const bool is_same =
      std::find(kSameTypes.begin(), kSameTypes.end(), engine_type) != kSameTypes.end();
  if (is_same || engine_type.starts_with("decimal(")) return engine_type;
  // Parquet has no such integer; DuckDB would write a double.
  if (engine_type == "hugeint") return "decimal(38,0)";
  if (engine_type.starts_with("timestamp(")) {
    return engine_type.ends_with("with time zone") ? "timestamp with time zone" : "timestamp";
  }
  return engine_type.starts_with("time(") && engine_type.ends_with(")") ? "time" : "varchar";
}

Result<std::unique_ptr<ParquetAnswer>> ParquetAnswer::Make(const OpContext& ctx,
                                                           const std::string& spill_folder) {
  duckdb_database database = nullptr;
  if (duckdb_open(nullptr, &database) == DuckDBError) {
    return {Code::kInternal, "DuckDB does not start"};
  }
  DatabaseHandle owned(database);
  PGATTIC_ASSIGN_OR_RETURN(auto session, DuckDbSession::Open(database));
  PGATTIC_RETURN_IF_ERROR(session->Define(
      ctx,
      "SET GLOBAL autoinstall_known_extensions = false; SET GLOBAL autoload_known_extensions = "
      "false; SET GLOBAL TimeZone = 'UTC'; SET GLOBAL memory_limit = '512MB'; SET GLOBAL "
      "temp_directory = " +
          pg::QuoteLiteral(spill_folder)));
  return std::unique_ptr<ParquetAnswer>(
      std::make_unique<ParquetAnswerImpl>(std::move(owned), std::move(session)));
}

}  // namespace pgattic::engine
