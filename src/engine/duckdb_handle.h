// Owners of DuckDB's handles. Inside src/engine alone.
#pragma once

#include <duckdb.h>

#include <memory>
#include <type_traits>

namespace pgattic::engine {

/// Destroys a handle by the function of the C API that is meant for it.
template <auto Destroy>
struct DuckDbDestroyer {
  template <typename T>
  void operator()(T* handle) const {
    Destroy(&handle);
  }
};

template <typename Handle, auto Destroy>
using DuckDbHandle = std::unique_ptr<std::remove_pointer_t<Handle>, DuckDbDestroyer<Destroy>>;

using DatabaseHandle = DuckDbHandle<duckdb_database, duckdb_close>;
using ConnectionHandle = DuckDbHandle<duckdb_connection, duckdb_disconnect>;
using ConfigHandle = DuckDbHandle<duckdb_config, duckdb_destroy_config>;
using ExtractedHandle = DuckDbHandle<duckdb_extracted_statements, duckdb_destroy_extracted>;
using StatementHandle = DuckDbHandle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using PendingHandle = DuckDbHandle<duckdb_pending_result, duckdb_destroy_pending>;
using ChunkHandle = DuckDbHandle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using TypeHandle = DuckDbHandle<duckdb_logical_type, duckdb_destroy_logical_type>;
using ValueHandle = DuckDbHandle<duckdb_value, duckdb_destroy_value>;
using AppenderHandle = DuckDbHandle<duckdb_appender, duckdb_appender_destroy>;

/// A result, which the C API hands over by value. Not movable.
class ResultHandle {
 public:
  ResultHandle() = default;
  ~ResultHandle() { duckdb_destroy_result(&result_); }
  ResultHandle(const ResultHandle&) = delete;
  ResultHandle& operator=(const ResultHandle&) = delete;
  duckdb_result* get() { return &result_; }
  duckdb_result& operator*() { return result_; }

 private:
  duckdb_result result_{};
};

/// Text that the C API allocated.
struct DuckDbFree {
  void operator()(char* text) const { duckdb_free(text); }
};
using TextHandle = std::unique_ptr<char, DuckDbFree>;

}  // namespace pgattic::engine
