# seqrl_layer(NAME [LAYERS ...] [PUBLIC ...] [PRIVATE ...]): builds the sources of one top-level folder as the
# static library seqrl::NAME, and declares the layers and libraries that it may use.
#
# Every source below the folder belongs to its layer. Each layer compiles against a private include
# folder that holds only links to itself and to the layers that it may use. An include of a higher layer,
# or between models and envs, does not compile.

include(GNUInstallDirs)

set(SEQRL_WARNINGS -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-psabi
    -Wno-missing-field-initializers)
if(SEQRL_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND SEQRL_WARNINGS -Wno-maybe-uninitialized)  # with sanitizers GCC warns about its own <regex>
endif()
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

# For sources whose code runs once, or prints.
set(SEQRL_BRIEF_FLAGS $<$<CONFIG:Release>:-O1>)

# seqrl_find_package(NAME [VERSION] [COMPONENTS ...]): find_package(... REQUIRED), recorded for programs that
# link an installed seqrl, because users of a static library also need its dependencies.
macro(seqrl_find_package)
  find_package(${ARGV} REQUIRED)
  string(JOIN " " arguments ${ARGV})
  set_property(GLOBAL APPEND PROPERTY SEQRL_DEPENDENCIES "find_dependency(${arguments})")
endmacro()

# seqrl_layer(NAME [COMPONENTS component[:below,...] ...] ...): COMPONENTS lists the components (folders) of the
# layer. The sources of each compile against a view of the layer that holds only the component itself and those that
# it names as below it. BRIEF lists components in which no code runs for long: they are optimised less, to compile
# faster.
function(seqrl_layer name)
  cmake_parse_arguments(ARG "" "" "LAYERS;COMPONENTS;BRIEF;PUBLIC;PRIVATE" ${ARGN})
  if(ARG_COMPONENTS)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  else()
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  endif()
  add_library(seqrl_${name} STATIC ${sources})
  add_library(seqrl::${name} ALIAS seqrl_${name})
  set_target_properties(seqrl_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(seqrl_${name} PUBLIC cxx_std_20)

  set(view ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${view}/${name} SYMBOLIC)
  target_include_directories(seqrl_${name} PUBLIC
    $<BUILD_INTERFACE:${view}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/seqrl/detail>)
  foreach(layer IN LISTS ARG_LAYERS)
    target_link_libraries(seqrl_${name} PUBLIC seqrl::${layer})
  endforeach()
  target_link_libraries(seqrl_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  target_compile_options(seqrl_${name} PRIVATE
    "$<$<COMPILE_LANGUAGE:CXX>:${SEQRL_WARNINGS};${SEQRL_FLAGS}>")
  if(name MATCHES "^(configs|models)$")  # models have their own options
    seqrl_precompile(seqrl_${name} ${SEQRL_COMMON_HEADERS})
  else()
    seqrl_share_precompiled(seqrl_${name} seqrl_configs)
  endif()
  seqrl_unity(seqrl_${name})

  set(objects $<TARGET_OBJECTS:seqrl_${name}>)
  foreach(entry IN LISTS ARG_COMPONENTS)
    string(REGEX MATCH "^([^:]+):?(.*)$" entry "${entry}")
    set(component ${CMAKE_MATCH_1})
    string(REPLACE "," ";" below "${CMAKE_MATCH_2}")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${component}/*.cpp)
    add_library(seqrl_${name}_${component} OBJECT ${sources})
    set(view ${CMAKE_BINARY_DIR}/include/${name}_${component})
    file(REMOVE_RECURSE ${view})
    file(MAKE_DIRECTORY ${view}/${name})
    foreach(seen IN LISTS component below)
      file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${seen} ${view}/${name}/${seen} SYMBOLIC)
    endforeach()
    target_compile_features(seqrl_${name}_${component} PRIVATE cxx_std_20)
    target_include_directories(seqrl_${name}_${component} PRIVATE ${view})
    list(TRANSFORM ARG_LAYERS PREPEND seqrl:: OUTPUT_VARIABLE layers)
    target_link_libraries(seqrl_${name}_${component} PRIVATE ${layers} ${ARG_PUBLIC} ${ARG_PRIVATE})
    target_compile_options(seqrl_${name}_${component} PRIVATE
      "$<$<COMPILE_LANGUAGE:CXX>:${SEQRL_WARNINGS};${SEQRL_FLAGS}>")
    if(component IN_LIST ARG_BRIEF)
      target_compile_options(seqrl_${name}_${component} PRIVATE ${SEQRL_BRIEF_FLAGS})
    endif()
    seqrl_share_precompiled(seqrl_${name}_${component} seqrl_configs)
    seqrl_unity(seqrl_${name}_${component})
    target_sources(seqrl_${name} PRIVATE $<TARGET_OBJECTS:seqrl_${name}_${component}>)
    list(APPEND objects $<TARGET_OBJECTS:seqrl_${name}_${component}>)
  endforeach()
  set_property(GLOBAL APPEND PROPERTY SEQRL_OBJECTS ${objects})
endfunction()
