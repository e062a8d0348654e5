# The forms in which modules, tests and benchmarks are declared:
#
#   pgattic_library(NAME pg SOURCES connection.cc DEPS base PRIVATE_DEPS pgattic_deps::pq)
#   pgattic_test(NAME connection_test SOURCES connection_test.cc DEPS pg LABELS component)
#   pgattic_bench(NAME decode_bench SOURCES decode_bench.cc DEPS columnar)
#   pgattic_fuzz(NAME decode_fuzz SOURCES decode_fuzz.cc DEPS columnar)
#
# A dependency is a module ("pg" or "pgattic::pg") or a foreign library ("pgattic_deps::pq").
include_guard()

# Flags of all our own targets.
add_library(pgattic_options INTERFACE)
target_compile_features(pgattic_options INTERFACE cxx_std_20)
target_include_directories(pgattic_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(pgattic_options INTERFACE pgattic_warnings pgattic_instrumentation)
if(PGATTIC_FAILPOINTS)
  target_compile_definitions(pgattic_options INTERFACE PGATTIC_FAILPOINTS)
endif()

# Sets `out` to the target names of `ARGN`.
function(pgattic_resolve_deps out)
  set(resolved)
  foreach(dep IN LISTS ARGN)
    if(dep MATCHES "::")
      list(APPEND resolved ${dep})
    else()
      list(APPEND resolved pgattic::${dep})
    endif()
  endforeach()
  set(${out} ${resolved} PARENT_SCOPE)
endfunction()

# Makes the static library pgattic_NAME, alias pgattic::NAME, with include root src/.
# Header-only modules (no SOURCES) become INTERFACE libraries.
function(pgattic_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS;PRIVATE_DEPS")
  pgattic_resolve_deps(public ${arg_DEPS})
  pgattic_resolve_deps(private ${arg_PRIVATE_DEPS})
  if(arg_SOURCES)
    add_library(pgattic_${arg_NAME} STATIC ${arg_SOURCES})
    target_link_libraries(pgattic_${arg_NAME}
      PUBLIC pgattic_options ${public} PRIVATE ${private})
  else()
    add_library(pgattic_${arg_NAME} INTERFACE)
    target_link_libraries(pgattic_${arg_NAME} INTERFACE pgattic_options ${public} ${private})
  endif()
  add_library(pgattic::${arg_NAME} ALIAS pgattic_${arg_NAME})
endfunction()

# Makes the GoogleTest program NAME and registers each of its cases with CTest.
# LABELS is one of unit (no process outside), component (a server), e2e (the program itself).
# TIMEOUT is of one case, in seconds. WHOLE makes one CTest case of all of them, for programs that
# start a server once; one that says "is not installed" counts as skipped.
function(pgattic_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "WHOLE" "NAME;TIMEOUT" "SOURCES;DEPS;LABELS")
  if(NOT PGATTIC_TESTS)
    return()
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if("e2e" IN_LIST arg_LABELS AND NOT PGATTIC_E2E)
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  pgattic_resolve_deps(deps ${arg_DEPS})
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE pgattic_options ${deps} pgattic_deps::gtest)
  set(environment
    "PGATTIC_BIN=${PROJECT_BINARY_DIR}/pgattic"
    "PGATTIC_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
    "PGATTIC_THIRD_PARTY=${PROJECT_SOURCE_DIR}/third_party")
  if(PGATTIC_SANITIZE)
    # Arrow's own pools would hide its memory from the sanitizers.
    list(APPEND environment
      "ARROW_DEFAULT_MEMORY_POOL=system"
      "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tools/tsan.supp"
      "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tools/lsan.supp")
  endif()
  if("e2e" IN_LIST arg_LABELS AND EXISTS ${PROJECT_SOURCE_DIR}/src/apps/pgattic/CMakeLists.txt)
    add_dependencies(${arg_NAME} pgattic_cli)
  endif()
  if(arg_WHOLE)
    add_test(NAME ${arg_NAME} COMMAND ${arg_NAME})
    set_tests_properties(${arg_NAME} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
      ENVIRONMENT "${environment}" SKIP_REGULAR_EXPRESSION "is not installed; run")
    return()
  endif()
  gtest_discover_tests(${arg_NAME}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 120
    WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
    TEST_LIST ${arg_NAME}_cases
    PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
  # A property whose value is a list does not survive gtest_discover_tests' PROPERTIES.
  set(environment_file ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}_environment.cmake)
  file(WRITE ${environment_file}
    "set_tests_properties(\${${arg_NAME}_cases} PROPERTIES ENVIRONMENT \"${environment}\")\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${environment_file})
endfunction()

# Makes the Google Benchmark program NAME; the target `bench` runs them all.
function(pgattic_bench)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS")
  if(NOT PGATTIC_BENCHMARKS)
    return()
  endif()
  pgattic_resolve_deps(deps ${arg_DEPS})
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE pgattic_options ${deps} pgattic_deps::benchmark)
  set_property(GLOBAL APPEND PROPERTY PGATTIC_BENCHES ${arg_NAME})
endfunction()

# Makes the fuzz target NAME (tests/fuzz/fuzz_target.h). With PGATTIC_FUZZ, which needs clang,
# it is a libFuzzer program, and NAME_corpus writes the inputs to begin with. Elsewhere it is a
# test that runs RUNS inputs made from those.
function(pgattic_fuzz)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;RUNS" "SOURCES;DEPS")
  if(NOT PGATTIC_FUZZ AND NOT PGATTIC_TESTS)
    return()
  endif()
  if(NOT arg_RUNS)
    set(arg_RUNS 20000)
  endif()
  pgattic_resolve_deps(deps ${arg_DEPS})
  set(standalone ${arg_NAME})
  if(PGATTIC_FUZZ)
    set(standalone ${arg_NAME}_corpus)
    add_executable(${arg_NAME} ${arg_SOURCES})
    target_link_options(${arg_NAME} PRIVATE -fsanitize=fuzzer)
    set_property(GLOBAL APPEND PROPERTY PGATTIC_FUZZERS ${arg_NAME})
  endif()
  add_executable(${standalone} ${arg_SOURCES} ${PROJECT_SOURCE_DIR}/tests/fuzz/standalone_main.cc)
  foreach(program IN ITEMS ${arg_NAME} ${standalone})
    target_link_libraries(${program} PRIVATE pgattic_options ${deps})
    target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR})
  endforeach()
  if(PGATTIC_FUZZ)
    return()
  endif()
  add_test(NAME ${arg_NAME} COMMAND ${arg_NAME} --runs ${arg_RUNS})
  set_tests_properties(${arg_NAME} PROPERTIES LABELS unit TIMEOUT 300)
  if(PGATTIC_SANITIZE)
    set_tests_properties(${arg_NAME} PROPERTIES ENVIRONMENT "ARROW_DEFAULT_MEMORY_POOL=system")
  endif()
endfunction()
