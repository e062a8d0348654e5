# What `cmake --install BUILD --prefix PREFIX` puts where:
#
#   bin/pgattic                      the program
#   lib/libpgattic.so                the C++ API; exports nothing but that
#   lib/pgattic/libarrow.so.*        libraries of third_party/, found by rpath, and DuckDB's
#                                    extension; none when the system's were used
#   lib/cmake/pgattic/               find_package(pgattic) → pgattic::pgattic
#   include/pgattic/                 game_store.h and what it includes
#   lib/systemd/system/              units; they name /usr/bin/pgattic, as the .deb has it
#   share/pgattic/                   grants, IAM policies, Prometheus rules, a dashboard, pgattic.toml
#   share/doc/pgattic/               the documents, the licence
#   share/man/, share/bash-completion/, share/zsh/, share/fish/   made by the program itself
#
# The AWS libraries are static and lie inside; libpq, OpenSSL, hiredis, zstd, spdlog and what
# else is the system's stay the system's. The tree may be moved as a whole.
include_guard()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(PGATTIC_PRIVATE_LIBDIR ${CMAKE_INSTALL_LIBDIR}/pgattic)

# Writes public headers to `to`: those of src/ with their includes of each other as
# <pgattic/NAME.h>. Stops at a header that includes one which is not public.
function(pgattic_public_headers to)
  foreach(header IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${header})
    file(READ ${PROJECT_SOURCE_DIR}/src/${header} text)
    string(REGEX MATCHALL "#include \"[^\"]+\"" includes "${text}")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "#include \"([^\"]+)\"" "\\1" name ${include})
      if(NOT name IN_LIST ARGN)
        message(FATAL_ERROR "${header} is public and includes ${name}, which is not")
      endif()
      get_filename_component(file ${name} NAME)
      string(REPLACE "#include \"${name}\"" "#include <pgattic/${file}>" text "${text}")
    endforeach()
    get_filename_component(file ${header} NAME)
    file(CONFIGURE OUTPUT ${to}/${file} CONTENT "${text}" @ONLY)
  endforeach()
endfunction()

# Installs the shared library `target`, with its headers in the build tree's `headers`.
function(pgattic_install_library target headers)
  install(TARGETS ${target} EXPORT pgatticTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(DIRECTORY ${headers}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pgattic)
  if(arrow_library)
    install(FILES ${arrow_library} ${parquet_library} DESTINATION ${PGATTIC_PRIVATE_LIBDIR})
  endif()
  if(duckdb_files)
    install(FILES ${duckdb_files} DESTINATION ${PGATTIC_PRIVATE_LIBDIR})
  endif()
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/pgattic)
  install(EXPORT pgatticTargets NAMESPACE pgattic:: DESTINATION ${package})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/pgatticConfig.cmake.in
    ${PROJECT_BINARY_DIR}/pgatticConfig.cmake INSTALL_DESTINATION ${package}
    PATH_VARS PGATTIC_PRIVATE_LIBDIR)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/pgatticConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/pgatticConfig.cmake
    ${PROJECT_BINARY_DIR}/pgatticConfigVersion.cmake DESTINATION ${package})
endfunction()

# Installs the program `target`.
function(pgattic_install_program target)
  file(RELATIVE_PATH up /${CMAKE_INSTALL_BINDIR} /${PGATTIC_PRIVATE_LIBDIR})
  set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN/${up}")
  install(TARGETS ${target} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# Installs what an operator needs beside the program `target`, which writes its own manual and
# completion when it is built.
function(pgattic_install_operations target)
  set(made ${PROJECT_BINARY_DIR}/made_by_program)
  file(MAKE_DIRECTORY ${made})
  # pgattic_made(FILE DESTINATION NAME ARGUMENTS...)
  macro(pgattic_made file destination)
    add_custom_command(OUTPUT ${made}/${file}
      COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
        $<TARGET_FILE:${target}> help ${ARGN} > ${made}/${file}
      DEPENDS ${target} VERBATIM)
    list(APPEND made_files ${made}/${file})
    install(FILES ${made}/${file} DESTINATION ${CMAKE_INSTALL_DATADIR}/${destination})
  endmacro()
  pgattic_made(pgattic.1 man/man1 --man)
  pgattic_made(pgattic bash-completion/completions --completion bash)
  pgattic_made(_pgattic zsh/vendor-completions --completion zsh)
  pgattic_made(pgattic.fish fish/vendor_completions.d --completion fish)
  add_custom_target(${target}_made ALL DEPENDS ${made_files})

  set(deploy ${PROJECT_SOURCE_DIR}/deploy)
  set(share ${CMAKE_INSTALL_DATADIR}/pgattic)
  install(DIRECTORY ${deploy}/systemd/ DESTINATION lib/systemd/system)
  install(DIRECTORY ${deploy}/sql ${deploy}/iam ${deploy}/grafana ${deploy}/prometheus
    DESTINATION ${share} PATTERN "*_test.yml" EXCLUDE)
  install(FILES ${deploy}/pgattic.toml DESTINATION ${share})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
    FILES_MATCHING PATTERN "*.md" PATTERN figures EXCLUDE)
  install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/LICENSE
    DESTINATION ${CMAKE_INSTALL_DOCDIR})
endfunction()
