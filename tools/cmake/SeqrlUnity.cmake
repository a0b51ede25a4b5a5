# seqrl_unity(TARGET...): with SEQRL_UNITY, several C++ sources of a target are compiled as one, in the
# order of their names, so that shared includes are parsed once. Sources with their own options stay
# separate.
#
# A clean build takes less time, a build after a change takes more: the option is for clean builds.
# tools/test.sh turns it on in a folder that it creates. Ops are excluded, so that they rebuild quickly.
option(SEQRL_UNITY "Compile several sources as one: faster from nothing, slower after a change" OFF)

function(seqrl_unity)
  if(SEQRL_UNITY)
    set_target_properties(${ARGN} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
    foreach(target IN LISTS ARGN)
      # GCC treats the sources as headers here; tools/lint.sh types excludes what it warns about in headers. With more
      # inlining, GCC 12 also reports copies beyond a string's end that do not exist (GCC bug 105651).
      target_compile_options(${target} PRIVATE
        "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage;-Wno-array-bounds;-Wno-restrict>"
        # GCC collects garbage only beyond a gigabyte: less work for files made of many sources.
        "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:SHELL:--param ggc-min-heapsize=1000000>")
    endforeach()
  endif()
endfunction()
