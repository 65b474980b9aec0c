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
option(MPTCP_UNITY "Compile from scratch in a third of the time: large units, precompiled headers" OFF)
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

# Compile the sources of a target in a few large units, because most of the time goes into reading
# the headers of ns-3. NS_LOG_COMPONENT_DEFINE defines the same static variable in every source, so
# each gets a name of its own.
function(mptcp_unity target)
  if(MPTCP_UNITY)
    set_target_properties(
      ${target}
      PROPERTIES UNITY_BUILD ON
                 UNITY_BUILD_BATCH_SIZE 12
                 UNITY_BUILD_UNIQUE_ID MPTCP_UNIT
                 UNITY_BUILD_CODE_BEFORE_INCLUDE "#undef g_log\n#define g_log MPTCP_UNIT"
    )
    # GCC takes a source that is included for a header, which others might include as well.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

# Read the headers of ns-3 once for all sources of a target whose sources cannot be joined, because
# they use the same names for different things.
function(mptcp_precompile target)
  if(MPTCP_UNITY)
    target_precompile_headers(
      ${target}
      PRIVATE
      <algorithm>
      <deque>
      <functional>
      <map>
      <string>
      <vector>
      <ns3/boolean.h>
      <ns3/config.h>
      <ns3/inet-socket-address.h>
      <ns3/inet6-socket-address.h>
      <ns3/internet-stack-helper.h>
      <ns3/mptcp-module.h>
      <ns3/node-container.h>
      <ns3/object-factory.h>
      <ns3/point-to-point-helper.h>
      <ns3/simulator.h>
      <ns3/string.h>
      <ns3/tcp-header.h>
      <ns3/test.h>
      <ns3/uinteger.h>
    )
    # GCC 12 takes what it reads from a precompiled header for no system header, and then finds faults
    # in the strings of the standard library that are not there.
    target_compile_options(
      ${target} PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
      $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
      $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
      $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread>
    )
  endif()
endfunction()
