# seqrl_unity(TARGET...): with SEQRL_UNITY, several C++ sources of a target are compiled as one, in the
# order of their names, so that what they all include is parsed once. Sources with options of their own
# stay alone.
#
# A clean build takes less time so, a build after a change more: it is for builds from nothing.
# tools/test.sh turns it on in a folder that it makes. Ops stay out of it, to be quick to change.
option(SEQRL_UNITY "Compile several sources as one: faster from nothing, slower after a change" OFF)

function(seqrl_unity)
  if(SEQRL_UNITY)
    set_target_properties(${ARGN} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
    foreach(target IN LISTS ARGN)
      # GCC takes the sources for headers here: what it warns of in those, tools/lint.sh types does not allow. And GCC 12
      # sees copies beyond a string's end that are none (its bug 105651), where more is inlined.
      target_compile_options(${target} PRIVATE
        "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage;-Wno-array-bounds;-Wno-restrict>"
        # GCC collects its garbage only beyond a gigabyte: less work for files of many sources.
        "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:SHELL:--param ggc-min-heapsize=1000000>")
    endforeach()
  endif()
endfunction()
