# Warnings: the flags that all of our own code compiles with. Third-party headers are SYSTEM.
add_library(pgattic_warnings INTERFACE)
target_compile_options(pgattic_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wswitch-enum
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wnull-dereference -Wformat=2
  -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(pgattic_warnings INTERFACE
    -Wduplicated-cond -Wlogical-op
    # gcc 12 warns inside libstdc++ here (gcc bugs 105329, 105651) at -O2.
    -Wno-restrict
    # Designated initialisers leave the other members at their documented defaults.
    -Wno-missing-field-initializers)
else()
  target_compile_options(pgattic_warnings INTERFACE -Wno-missing-field-initializers)
endif()
if(PGATTIC_SANITIZE OR PGATTIC_COVERAGE)
  # Instrumented code defeats gcc's flow analysis.
  target_compile_options(pgattic_warnings INTERFACE
    -Wno-null-dereference $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
