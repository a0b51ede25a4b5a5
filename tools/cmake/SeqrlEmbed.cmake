# seqrl_embed(TARGET FUNCTION FILES...): compiles files into TARGET, which reads them through
# `std::span<const seqrl::Asset> seqrl::FUNCTION()`. FUNCTION is a name or NAMESPACE::NAME. A binary then
# needs no path to find them.
# Editing a file rebuilds it. The assembler reads the files, so that large ones take no time to compile.

function(seqrl_embed target function)
  set(namespace seqrl)
  if(function MATCHES "^(.+)::(.+)$")
    set(namespace seqrl::${CMAKE_MATCH_1})
    set(function ${CMAKE_MATCH_2})
  endif()
  set(symbols "")
  set(entries "")
  foreach(file IN LISTS ARGN)
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER "${function}_${name}" symbol)
    string(APPEND symbols
      "SEQRL_EMBED(${symbol}, \"${file}\")\n")
    string(APPEND entries
      "      {\"${name}\", {${symbol}_begin, static_cast<std::size_t>(${symbol}_end - ${symbol}_begin)}},\n")
  endforeach()
  list(LENGTH ARGN count)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  file(CONFIGURE OUTPUT ${output} CONTENT "// Generated; do not edit.
#include <array>
#include <cstddef>

#include \"envs/assets.h\"

#define SEQRL_EMBED(symbol, file)                                    \\
  asm(\".pushsection .rodata\\n\" #symbol \"_begin:\\n.incbin \\\"\" file   \\
      \"\\\"\\n\" #symbol \"_end:\\n.byte 0\\n.popsection\\n\");             \\
  extern const char symbol##_begin[], symbol##_end[];
extern \"C\" {
@symbols@}

namespace ${namespace} {

std::span<const Asset> ${function}() {
  static const std::array<Asset, @count@> assets{{
@entries@  }};
  return assets;
}

}  // namespace ${namespace}
" @ONLY)
  # A separate object, also with SEQRL_UNITY, which is rebuilt when a file changes.
  set_source_files_properties(${output} PROPERTIES OBJECT_DEPENDS "${ARGN}" SKIP_UNITY_BUILD_INCLUSION ON)
  target_sources(${target} PRIVATE ${output})
endfunction()
