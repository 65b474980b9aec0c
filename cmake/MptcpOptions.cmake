# SPDX-License-Identifier: GPL-2.0-only

# What can be chosen for a build outside of an ns-3 tree.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()
# ns-3's own libraries keep their asserts: no NDEBUG here either.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(MPTCP_WERROR "Treat warnings as errors" OFF)
option(MPTCP_PROGRAMS "Build tests, examples and benchmarks" ON)
option(MPTCP_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(MPTCP_SANITIZE "" CACHE STRING "Sanitizers, as in address,undefined")
set(MPTCP_TEST_FULLNESS EXTENSIVE
    CACHE STRING "Longest test cases that CTest runs: QUICK, EXTENSIVE or TAKES_FOREVER"
)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# Everything of ours takes its flags from here; headers of ns-3 are system headers for all of it.
add_library(mptcp-flags INTERFACE)
target_compile_options(
  mptcp-flags INTERFACE -Wall -Wextra $<$<BOOL:${MPTCP_WERROR}>:-Werror>
)
if(MPTCP_SANITIZE)
  target_compile_options(
    mptcp-flags INTERFACE -fsanitize=${MPTCP_SANITIZE} -fno-sanitize-recover=all
                          -fno-omit-frame-pointer
  )
  target_link_options(mptcp-flags INTERFACE -fsanitize=${MPTCP_SANITIZE})
  # Every load and store is looked at: optimising more costs more than it saves, but for a fuzzer,
  # which runs the same for hours.
  target_compile_options(mptcp-flags INTERFACE $<$<NOT:$<BOOL:${MPTCP_FUZZ}>>:-O1>)
  # With sanitizers GCC takes what <regex> initializes for uninitialized; the manual warns of that.
  target_compile_options(
    mptcp-flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  )
endif()
