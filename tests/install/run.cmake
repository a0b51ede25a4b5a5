# Installs the build tree BUILD to a folder below it, builds the project beside this file and the
# example of a user's program against that, and runs them. FLAGS are what the sanitizers need when
# linking.
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

set(prefix ${work}/prefix)
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
file(STRINGS ${BUILD}/install_manifest.txt installed)
foreach(path IN LISTS installed)
  cmake_path(IS_PREFIX prefix "${path}" NORMALIZE is_below)
  if(NOT is_below)
    message(FATAL_ERROR "installed outside of the prefix: ${path}")
  endif()
endforeach()

function(build source folder)
  run(${CMAKE_COMMAND} -S ${source} -B ${folder} -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_PREFIX_PATH=${work}/prefix)
  run(${CMAKE_COMMAND} --build ${folder})
endfunction()

build(${CMAKE_CURRENT_LIST_DIR} ${work}/build)
run(${work}/build/consumer ${work}/consumer.safetensors)

# The library for acting alone needs neither the physics nor HDF5.
run(${work}/build/acting)
file(GET_RUNTIME_DEPENDENCIES EXECUTABLES ${work}/build/acting
  RESOLVED_DEPENDENCIES_VAR libraries UNRESOLVED_DEPENDENCIES_VAR missing)
if("${libraries}" MATCHES "mujoco|hdf5")
  message(FATAL_ERROR "seqrl::actor links ${libraries}")
endif()

build(${EXAMPLES}/own_program ${work}/own_program)
run(${work}/own_program/own_program ${work}/cart-run)  # trains, and acts
run(${work}/own_program/own_program ${work}/cart-run)  # acts
run(${work}/build/acting ${work}/cart-run)

# Plug-ins build as described in their READMEs, and the installed program loads them.
foreach(example environment_plugin backbone_plugin)
  set(folder ${work}/${example})
  build(${EXAMPLES}/${example} ${folder}/build)
  file(GLOB config ${EXAMPLES}/${example}/*.yaml)
  run(${CMAKE_COMMAND} -E chdir ${folder} ${work}/prefix/bin/seqrl train ${config} --dry-run)
endforeach()
