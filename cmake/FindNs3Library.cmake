# SPDX-License-Identifier: GPL-2.0-only

# Find a built ns-3 and make one imported target ns3lib::MODULE for each library of it.
#
# Looks in NS3_PREFIX when set (the folder "ns3" of a wheel, /usr for Debian's libns3-dev, or any
# installation prefix), else in the Python package "ns3" of Python_EXECUTABLE.
# Sets NS3_VERSION, NS3_LIBRARY_DIR, NS3_INCLUDE_DIR and NS3_STEM ("ns3.44").
#
# Why not find_package(ns3): the configuration files in the wheel name folders of the machine that
# built it, and Debian's and the wheel's name their targets differently.

set(NS3_PREFIX "" CACHE PATH "Where ns-3 is installed (empty: the Python package ns3)")
set(_prefix "${NS3_PREFIX}")
if(NOT _prefix)
  find_package(Python 3.9 REQUIRED COMPONENTS Interpreter)
  # find_spec does not import the package, which would take seconds.
  execute_process(
    COMMAND
      ${Python_EXECUTABLE} -c
      "import importlib.util as u; s = u.find_spec('ns3'); print(list(s.submodule_search_locations)[0] if s else '')"
    OUTPUT_VARIABLE _prefix
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY
  )
  if(NOT _prefix)
    message(FATAL_ERROR "No ns-3 found: 'pip install ns3==3.44.post0' for ${Python_EXECUTABLE}, "
                        "or -DNS3_PREFIX=<prefix of an installed ns-3>"
    )
  endif()
endif()

set(_core)
foreach(_dir lib64 lib lib/${CMAKE_LIBRARY_ARCHITECTURE})
  file(GLOB _found ${_prefix}/${_dir}/libns3*-core*.so)
  list(APPEND _core ${_found})
endforeach()
if(NOT _core)
  message(FATAL_ERROR "No libns3*-core.so below ${_prefix}: is that a prefix of an installed ns-3?")
endif()
list(GET _core 0 _core)
get_filename_component(NS3_LIBRARY_DIR ${_core} DIRECTORY)
get_filename_component(_name ${_core} NAME)
# libns3.44-core.so, libns3-dev-core.so, libns3-core.so; a build profile may follow the module's name,
# as in libns3.44-core-debug.so.
string(REGEX MATCH "^lib(ns3.*)-core(.*)\\.so$" _name ${_name})
set(NS3_STEM ${CMAKE_MATCH_1})
set(_suffix ${CMAKE_MATCH_2})

file(GLOB _versioned ${_prefix}/include/ns3.*)
set(NS3_INCLUDE_DIR)
foreach(_dir ${_prefix}/include ${_versioned})
  if(EXISTS ${_dir}/ns3/core-config.h)
    set(NS3_INCLUDE_DIR ${_dir})
    break()
  endif()
endforeach()
if(NOT NS3_INCLUDE_DIR)
  message(FATAL_ERROR "${_prefix} has libraries of ns-3 but no headers (ns3/core-config.h)")
endif()
if(EXISTS ${NS3_INCLUDE_DIR}/boost)
  # A wheel has old Boost headers beside its own, which would come before the system's.
  set(_isolated ${PROJECT_BINARY_DIR}/ns3-include)
  file(MAKE_DIRECTORY ${_isolated})
  file(CREATE_LINK ${NS3_INCLUDE_DIR}/ns3 ${_isolated}/ns3 SYMBOLIC)
  set(NS3_INCLUDE_DIR ${_isolated})
endif()

# Not all library names carry the version: it is in the package file then.
if(NS3_STEM MATCHES "^ns3\\.([0-9]+)$")
  set(NS3_VERSION 3.${CMAKE_MATCH_1})
elseif(EXISTS ${NS3_LIBRARY_DIR}/cmake/ns3/ns3ConfigVersion.cmake)
  file(STRINGS ${NS3_LIBRARY_DIR}/cmake/ns3/ns3ConfigVersion.cmake _line
       REGEX "^set\\(PACKAGE_VERSION \""
  )
  string(REGEX REPLACE ".*\"(.*)\".*" "\\1" NS3_VERSION "${_line}")
else()
  set(NS3_VERSION unknown)
endif()
message(STATUS "ns-3 ${NS3_VERSION}: ${NS3_LIBRARY_DIR}, ${NS3_INCLUDE_DIR}")

file(GLOB _libraries ${NS3_LIBRARY_DIR}/lib${NS3_STEM}-*${_suffix}.so)
foreach(_library ${_libraries})
  get_filename_component(_name ${_library} NAME)
  string(REGEX REPLACE "^lib${NS3_STEM}-(.*)${_suffix}\\.so$" "\\1" _module ${_name})
  add_library(ns3lib::${_module} SHARED IMPORTED)
  set_target_properties(ns3lib::${_module} PROPERTIES IMPORTED_LOCATION ${_library})
  # As the wheels and Debian's package are built: these decide what the inline code of the headers
  # does, and must be the same in all libraries of a process.
  target_compile_definitions(ns3lib::${_module} INTERFACE NS3_LOG_ENABLE NS3_ASSERT_ENABLE)
  target_compile_features(ns3lib::${_module} INTERFACE cxx_std_20)
  # The libraries of a wheel need others that it brings along and finds by its own RPATH.
  target_link_options(
    ns3lib::${_module} INTERFACE -Wl,--no-as-needed -Wl,--allow-shlib-undefined
  )
  # /usr/include as a system folder of its own would break the include_next of libstdc++.
  if(NOT NS3_INCLUDE_DIR IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
    target_include_directories(ns3lib::${_module} SYSTEM INTERFACE ${NS3_INCLUDE_DIR})
  endif()
endforeach()
