# seqrl_layer(NAME [LINKS ...]): the sources of one top-level folder as the static library seqrl::NAME.
#
# Every source below the folder belongs to its layer. Each layer compiles against a private include
# folder that holds links to itself and to the layers it may use, nothing else: an include that
# points up, or sideways between models and envs, does not compile.

set(SEQRL_WARNINGS -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-psabi)
if(SEQRL_WERROR)
  list(APPEND SEQRL_WARNINGS -Werror)
endif()

set(SEQRL_FLAGS)
if(SEQRL_NATIVE)
  list(APPEND SEQRL_FLAGS -march=native)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND SEQRL_FLAGS -mprefer-vector-width=512)
  endif()
endif()
if(SEQRL_SANITIZE)
  list(APPEND SEQRL_FLAGS -fsanitize=${SEQRL_SANITIZE} -fno-omit-frame-pointer
       -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SEQRL_SANITIZE})
endif()

function(seqrl_layer name)
  cmake_parse_arguments(ARG "" "" "LAYERS;PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(seqrl_${name} STATIC ${sources})
  add_library(seqrl::${name} ALIAS seqrl_${name})
  set_target_properties(seqrl_${name} PROPERTIES EXPORT_NAME ${name})

  set(view ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${view}/${name} SYMBOLIC)
  target_include_directories(seqrl_${name} PUBLIC
    $<BUILD_INTERFACE:${view}> $<INSTALL_INTERFACE:include/seqrl>)
  foreach(layer IN LISTS ARG_LAYERS)
    target_link_libraries(seqrl_${name} PUBLIC seqrl::${layer})
  endforeach()
  target_link_libraries(seqrl_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  target_compile_options(seqrl_${name} PRIVATE ${SEQRL_WARNINGS} ${SEQRL_FLAGS})
endfunction()
