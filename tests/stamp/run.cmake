# The stamp of plug-ins (tools/cmake/SeqrlAbi.cmake, given as STAMP) changes only with
# code that the public headers include. Works in the folder WORK.
file(REMOVE_RECURSE ${WORK})

function(stamp result)
  execute_process(COMMAND ${CMAKE_COMMAND} -DPUBLIC=${WORK}/public -DSOURCE=${WORK} -DVERSION=1
    -DOUTPUT=${WORK}/stamp.h -P ${STAMP} COMMAND_ERROR_IS_FATAL ANY)
  file(READ ${WORK}/stamp.h text)
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

file(WRITE ${WORK}/public/env.h "#include \"envs/env.h\"\n")
file(WRITE ${WORK}/envs/env.h "#include \"envs/space.h\"\nstruct Env { int steps = 1; };\n")
file(WRITE ${WORK}/envs/space.h "struct Space {};\n")
file(WRITE ${WORK}/envs/private.h "struct Private {};\n")
stamp(first)

# Comments, blank lines, and headers that no public one includes.
file(WRITE ${WORK}/envs/space.h "/* A space;\n * of two lines. */\n\nstruct Space {};  // a box\n")
file(WRITE ${WORK}/envs/private.h "struct Private { int more; };\n")
stamp(same)
if(NOT first STREQUAL same)
  message(FATAL_ERROR "a comment changed the stamp")
endif()

# A header included indirectly.
file(WRITE ${WORK}/envs/space.h "struct Space { int dim; };\n")
stamp(other)
if(first STREQUAL other)
  message(FATAL_ERROR "another struct did not change the stamp")
endif()
