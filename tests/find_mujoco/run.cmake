# tools/cmake/FindMuJoCo.cmake, in the folder MODULES, takes header and library of one version from where it is
# told to, or says what is wrong. The folders it looks at are made up, below WORK.
file(REMOVE_RECURSE ${WORK})

function(header folder number)
  file(WRITE ${folder}/include/mujoco/mujoco.h "#define mjVERSION_HEADER ${number}\n")
endfunction()

# A file without a version in its name may have it within, as a library's soname.
function(library path)
  file(WRITE ${path} "ELF\n${ARGN}\n")
endfunction()

# Configures with these arguments; the output in one line.
function(configure output)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/build -DMODULES=${MODULES} ${ARGN}
    OUTPUT_VARIABLE text ERROR_VARIABLE text)
  string(REGEX REPLACE "[ \n]+" " " text "${text}")
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

function(expect claim text)
  configure(output ${ARGN})
  string(FIND "${output}" "${text}" at)
  if(at EQUAL -1)
    message(SEND_ERROR "${claim}: expected '${text}' in '${output}'")
  endif()
endfunction()

unset(ENV{MuJoCo_ROOT})
foreach(number 222:2.2.2 340:3.4.0 3005000:3.5.0 3017000:3.17.0 4000000:4.0.0)
  string(REGEX MATCH "(.*):(.*)" all ${number})
  set(wheel ${WORK}/wheel-${CMAKE_MATCH_2})
  header(${wheel} ${CMAKE_MATCH_1})
  library(${wheel}/libmujoco.so.${CMAKE_MATCH_2})
  expect("a wheel's only library is found, also after another root"
    "found ${CMAKE_MATCH_2} ${wheel}/libmujoco.so.${CMAKE_MATCH_2} ${wheel}/include ${wheel}" -DMuJoCo_ROOT=${wheel})
endforeach()

header(${WORK}/release 323)
library(${WORK}/release/lib/libmujoco.so.3.2.3)
file(CREATE_LINK libmujoco.so.3.2.3 ${WORK}/release/lib/libmujoco.so SYMBOLIC)
expect("a release has its library in lib" "found 3.2.3 ${WORK}/release/lib/libmujoco.so ${WORK}/release/include"
  -DMuJoCo_ROOT=${WORK}/release)
expect("a version that is asked for is what is found" "required is exact version \"3.4.0\""
  -DMuJoCo_ROOT=${WORK}/release -DWANTED=3.4.0)
set(ENV{MuJoCo_ROOT} ${WORK}/release)
expect("the environment may name the root" "found 3.2.3" -UMuJoCo_ROOT -UWANTED)
expect("the variable comes first" "found 3.4.0" -DMuJoCo_ROOT=${WORK}/wheel-3.4.0)
unset(ENV{MuJoCo_ROOT})

header(${WORK}/mixed 340)
library(${WORK}/mixed/libmujoco.so.3.5.0)
expect("a library of another version than the header's is refused"
  "mixed/include/mujoco/mujoco.h is of 3.4.0, the library ${WORK}/mixed/libmujoco.so.3.5.0 of 3.5.0"
  -DMuJoCo_ROOT=${WORK}/mixed)
library(${WORK}/mixed/libmujoco.so.3.4.0)
expect("of several libraries the header's is taken" "found 3.4.0 ${WORK}/mixed/libmujoco.so.3.4.0"
  -UMuJoCo_LIBRARY -DMuJoCo_ROOT=${WORK}/mixed)

header(${WORK}/within 340)
library(${WORK}/within/lib/libmujoco.so "libmujoco.so.3.9.0")
expect("a library's version may stand within it" "of 3.9.0" -DMuJoCo_ROOT=${WORK}/within)
library(${WORK}/within/lib/libmujoco.so "libmujoco.so.3.4.0")
expect("and be the right one" "found 3.4.0" -DMuJoCo_ROOT=${WORK}/within)

header(${WORK}/headers 340)
expect("nothing is taken from elsewhere than the root" "missing: MuJoCo_LIBRARY" -DMuJoCo_ROOT=${WORK}/headers)
expect("a root that holds nothing is named" "MuJoCo_ROOT is ${WORK}/nothing, which must hold"
  -DMuJoCo_ROOT=${WORK}/nothing)
