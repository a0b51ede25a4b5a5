# seqrl_precompile(TARGET HEADER...): parses these headers once for all C++ sources of a target.
# seqrl_share_precompiled(TARGET OWNER): TARGET uses the parsed headers of OWNER, which has the same flags.
#
# Sources must still include what they use: a source that lacks an include does not compile without
# SEQRL_PCH, as in the preset clang.
#
# ON for GCC. OFF for Clang, to check exactly that. Objects for link-time optimisation (the preset odr)
# cannot use it. ccache needs two "sloppiness" settings (its manual, "Precompiled headers"), which are set
# here if it is a launcher. If ccache is installed under the compiler's name, it caches no source that uses a
# precompiled header.
get_filename_component(compiler ${CMAKE_CXX_COMPILER} REALPATH)
set(can_precompile OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT CMAKE_CXX_FLAGS MATCHES "-flto" AND NOT compiler MATCHES "ccache")
  set(can_precompile ON)
endif()
option(SEQRL_PCH "Parse the headers that most sources include once (GCC)" ${can_precompile})

if(SEQRL_PCH AND CMAKE_CXX_COMPILER_LAUNCHER MATCHES "ccache$")
  list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros)
endif()

# The headers that most sources of every layer include.
set(SEQRL_COMMON_HEADERS <algorithm> <array> <cmath> <filesystem> <functional> <map> <memory> <optional> <span>
    <sstream> <string> <string_view> <unordered_map> <variant> <vector> <fmt/format.h>)

function(seqrl_precompile target)
  if(SEQRL_PCH)
    foreach(header IN LISTS ARGN)
      list(APPEND headers "$<$<COMPILE_LANGUAGE:CXX>:${header}>")
    endforeach()
    string(REPLACE ">>" "$<ANGLE-R>>" headers "${headers}")
    target_precompile_headers(${target} PRIVATE ${headers})
    # ccache must see in the preprocessed text which one was used.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
endfunction()

function(seqrl_share_precompiled target owner)
  if(SEQRL_PCH)
    target_precompile_headers(${target} REUSE_FROM ${owner})
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
endfunction()
