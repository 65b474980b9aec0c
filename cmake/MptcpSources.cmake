# SPDX-License-Identifier: GPL-2.0-only

# Read cmake/mptcp-sources.txt: section NAME becomes MPTCP_NAME ("-" as "_", upper case), a list of
# its lines, where paths are made absolute.
set(_list ${CMAKE_CURRENT_LIST_DIR}/mptcp-sources.txt)
get_filename_component(MPTCP_ROOT ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_list})
# file(STRINGS) would join lines at an unbalanced "[": sections are recognised by their brackets
# only after both were replaced.
file(READ ${_list} _text)
string(REPLACE "[" "<" _text "${_text}")
string(REPLACE "]" ">" _text "${_text}")
string(REPLACE "\n" ";" _lines "${_text}")
set(_section)
foreach(_line IN LISTS _lines)
  string(STRIP "${_line}" _line)
  if(_line STREQUAL "" OR _line MATCHES "^#")
    continue()
  elseif(_line MATCHES "^<([a-z-]+)>$")
    string(REPLACE "-" "_" _section "${CMAKE_MATCH_1}")
    string(TOUPPER "MPTCP_${_section}" _section)
    set(${_section})
  elseif(_line MATCHES "/")
    list(APPEND ${_section} ${MPTCP_ROOT}/${_line})
  else()
    list(APPEND ${_section} ${_line})
  endif()
endforeach()
