# seqrl_embed(TARGET FUNCTION FILES...): compiles text files into TARGET, to be read through
# `std::span<const seqrl::Asset> seqrl::FUNCTION()`; a binary then needs no path to find them.
# Run as a script (cmake -P), it writes the source file: editing a text file rebuilds it.

if(CMAKE_SCRIPT_MODE_FILE)
  set(entries "")
  foreach(file IN LISTS FILES)
    file(READ ${file} text)
    get_filename_component(name ${file} NAME)
    string(APPEND entries "    {\"${name}\", R\"__embed(${text})__embed\"},\n")
  endforeach()
  file(WRITE ${OUTPUT} "// Generated from text files; do not edit.\n"
    "#include \"envs/assets.h\"\n\n"
    "namespace seqrl {\nnamespace {\n"
    "constexpr Asset kAssets[] = {\n${entries}};\n"
    "}  // namespace\n\n"
    "std::span<const Asset> ${FUNCTION}() { return kAssets; }\n\n"
    "}  // namespace seqrl\n")
  return()
endif()

set(SEQRL_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(seqrl_embed target function)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-DFILES=${ARGN}" -DFUNCTION=${function} -DOUTPUT=${output}
            -P ${SEQRL_EMBED_SCRIPT}
    DEPENDS ${ARGN} ${SEQRL_EMBED_SCRIPT} VERBATIM
    COMMENT "Embedding ${function}")
  target_sources(${target} PRIVATE ${output})
endfunction()
