# The one file that knows where each foreign library comes from: the system first
# (find_package), else third_party/, which tools/fetch_deps.sh fills. Everything else links
# the targets pgattic_deps::NAME. Include folders are SYSTEM.
include_guard()

set(PGATTIC_THIRD_PARTY ${PROJECT_SOURCE_DIR}/third_party CACHE PATH
  "Where tools/fetch_deps.sh put what the system lacks")
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# Makes pgattic_deps::NAME out of other targets and libraries.
function(pgattic_dep name)
  add_library(pgattic_deps_${name} INTERFACE)
  target_link_libraries(pgattic_deps_${name} INTERFACE ${ARGN})
  add_library(pgattic_deps::${name} ALIAS pgattic_deps_${name})
endfunction()

# Stops with the remedy when something needed is absent.
function(pgattic_missing what group)
  message(FATAL_ERROR "${what} was not found. Run: tools/fetch_deps.sh ${group}")
endfunction()

# --- Apache Arrow and Parquet ---------------------------------------------------------
find_package(Arrow QUIET CONFIG)
find_package(Parquet QUIET CONFIG)
if(Arrow_FOUND AND Parquet_FOUND)
  pgattic_dep(arrow Arrow::arrow_shared)
  pgattic_dep(parquet Parquet::parquet_shared)
else()
  set(arrow_home ${PGATTIC_THIRD_PARTY}/arrow)
  file(GLOB arrow_library ${arrow_home}/lib/libarrow.so.*)
  file(GLOB parquet_library ${arrow_home}/lib/libparquet.so.*)
  if(NOT arrow_library OR NOT parquet_library)
    pgattic_missing("Apache Arrow" build)
  endif()
  add_library(pgattic_arrow SHARED IMPORTED)
  set_target_properties(pgattic_arrow PROPERTIES
    IMPORTED_LOCATION ${arrow_library}
    INTERFACE_INCLUDE_DIRECTORIES ${arrow_home}/include)
  add_library(pgattic_parquet SHARED IMPORTED)
  set_target_properties(pgattic_parquet PROPERTIES
    IMPORTED_LOCATION ${parquet_library}
    INTERFACE_INCLUDE_DIRECTORIES ${arrow_home}/include
    INTERFACE_LINK_LIBRARIES pgattic_arrow)
  pgattic_dep(arrow pgattic_arrow Threads::Threads)
  pgattic_dep(parquet pgattic_parquet)
endif()

# --- DuckDB -----------------------------------------------------------------------------
# Its C API alone. Extensions are looked for beside the library.
find_library(PGATTIC_DUCKDB_LIBRARY duckdb PATHS ${PGATTIC_THIRD_PARTY}/duckdb/lib)
find_path(PGATTIC_DUCKDB_INCLUDE duckdb.h PATHS ${PGATTIC_THIRD_PARTY}/duckdb/include)
if(NOT PGATTIC_DUCKDB_LIBRARY OR NOT PGATTIC_DUCKDB_INCLUDE)
  pgattic_missing("DuckDB" build)
endif()
set(duckdb_files)
if(PGATTIC_DUCKDB_LIBRARY MATCHES "^${PGATTIC_THIRD_PARTY}/")
  file(GLOB duckdb_files ${PGATTIC_THIRD_PARTY}/duckdb/lib/*)
endif()
add_library(pgattic_duckdb SHARED IMPORTED)
set_target_properties(pgattic_duckdb PROPERTIES
  IMPORTED_LOCATION ${PGATTIC_DUCKDB_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${PGATTIC_DUCKDB_INCLUDE})
pgattic_dep(duckdb pgattic_duckdb)

# --- AWS Common Runtime -----------------------------------------------------------------
find_package(OpenSSL REQUIRED)
list(APPEND CMAKE_PREFIX_PATH ${PGATTIC_THIRD_PARTY}/aws)
set(USE_OPENSSL ON)  # read by s2n's and aws-c-cal's configs
# One libcrypto in the process: libpq brings the shared one, and two copies crash each other.
set(S2N_USE_CRYPTO_SHARED_LIBS ON)
set(crypto_LIBRARY ${OPENSSL_CRYPTO_LIBRARY})
find_package(aws-c-s3 QUIET CONFIG)
if(NOT aws-c-s3_FOUND)
  pgattic_missing("aws-c-s3" build)
endif()
pgattic_dep(aws_s3 AWS::aws-c-s3)
# The wheel's libarrow carries an OpenSSL of its own; loaded before libcrypto it breaks that
# one's certificate store (a crash in OSSL_STORE_close). So libcrypto is loaded first.
target_link_options(AWS::aws-c-s3 INTERFACE
  "LINKER:--push-state,--no-as-needed,${OPENSSL_CRYPTO_LIBRARY},--pop-state")

# --- From the system --------------------------------------------------------------------
find_package(PostgreSQL QUIET)
if(NOT PostgreSQL_FOUND)
  find_library(PostgreSQL_LIBRARY pq)
  find_path(PostgreSQL_INCLUDE_DIR libpq-fe.h PATH_SUFFIXES postgresql)
  if(NOT PostgreSQL_LIBRARY OR NOT PostgreSQL_INCLUDE_DIR)
    pgattic_missing("libpq" build)
  endif()
  pgattic_dep(pq ${PostgreSQL_LIBRARY})
  target_include_directories(pgattic_deps_pq SYSTEM INTERFACE ${PostgreSQL_INCLUDE_DIR})
else()
  pgattic_dep(pq PostgreSQL::PostgreSQL)
endif()

foreach(package IN ITEMS spdlog nlohmann_json CLI11 tomlplusplus)
  find_package(${package} QUIET CONFIG)
  if(NOT ${package}_FOUND)
    pgattic_missing("${package}" build)
  endif()
endforeach()
pgattic_dep(spdlog spdlog::spdlog)
pgattic_dep(json nlohmann_json::nlohmann_json)
pgattic_dep(cli11 CLI11::CLI11)
pgattic_dep(toml tomlplusplus::tomlplusplus)
pgattic_dep(openssl OpenSSL::Crypto)

# Makes pgattic_deps::NAME of a library that brings no usable CMake config: prometheus-cpp's
# asks for curl and civetweb too, of which its core needs nothing.
function(pgattic_plain_dep name library header)
  string(TOUPPER PGATTIC_${name} variable)
  find_library(${variable}_LIBRARY ${library})
  find_path(${variable}_INCLUDE ${header})
  if(NOT ${variable}_LIBRARY OR NOT ${variable}_INCLUDE)
    pgattic_missing("${library}" build)
  endif()
  pgattic_dep(${name} ${${variable}_LIBRARY})
  target_include_directories(pgattic_deps_${name} SYSTEM INTERFACE ${${variable}_INCLUDE})
endfunction()
pgattic_plain_dep(xxhash xxhash xxhash.h)
pgattic_plain_dep(hiredis hiredis hiredis/hiredis.h)
pgattic_plain_dep(zstd zstd zstd.h)
pgattic_plain_dep(prometheus prometheus-cpp-core prometheus/registry.h)
pgattic_plain_dep(zlib z zlib.h)
pgattic_plain_dep(curl curl curl/curl.h)
pgattic_plain_dep(httplib cpp-httplib httplib.h)
# Its classes have members by what it was built with (cpp-httplib.pc says so).
target_compile_definitions(pgattic_deps_httplib INTERFACE
  CPPHTTPLIB_OPENSSL_SUPPORT CPPHTTPLIB_ZLIB_SUPPORT CPPHTTPLIB_BROTLI_SUPPORT)
pgattic_dep(openssl_ssl OpenSSL::SSL OpenSSL::Crypto)

# protoc and the runtime for what it makes.
find_package(Protobuf QUIET)
if(NOT Protobuf_FOUND OR NOT Protobuf_PROTOC_EXECUTABLE)
  pgattic_missing("protobuf" build)
endif()
pgattic_dep(protobuf protobuf::libprotobuf)

# --- Tests and benchmarks ---------------------------------------------------------------
if(PGATTIC_TESTS)
  find_package(GTest QUIET CONFIG)
  if(NOT GTest_FOUND)
    pgattic_missing("GoogleTest" test)
  endif()
  pgattic_dep(gtest GTest::gmock GTest::gtest_main Threads::Threads)
endif()
if(PGATTIC_BENCHMARKS)
  find_package(benchmark QUIET CONFIG)
  if(NOT benchmark_FOUND)
    pgattic_missing("Google Benchmark" test)
  endif()
  pgattic_dep(benchmark benchmark::benchmark_main)
endif()
