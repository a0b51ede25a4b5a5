# Installs the build tree BUILD to a folder below it, builds the project beside this file against
# that, and runs it. FLAGS are what the sanitizers need when linking.
set(work ${BUILD}/tests/install)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGV} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message("${output}")
    message(FATAL_ERROR "failed: ${command}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${work}/prefix)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work}/build -G ${GENERATOR}
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_PREFIX_PATH=${work}/prefix)
run(${CMAKE_COMMAND} --build ${work}/build)
run(${work}/build/consumer ${work}/consumer.safetensors)

# The examples build as their READMEs say, and the installed program loads them.
foreach(example environment_plugin backbone_plugin)
  set(folder ${work}/${example})
  run(${CMAKE_COMMAND} -S ${EXAMPLES}/${example} -B ${folder}/build -G ${GENERATOR}
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_PREFIX_PATH=${work}/prefix)
  run(${CMAKE_COMMAND} --build ${folder}/build)
  file(GLOB config ${EXAMPLES}/${example}/*.yaml)
  run(${CMAKE_COMMAND} -E chdir ${folder} ${work}/prefix/bin/seqrl info ${config})
endforeach()
