# Finds MuJoCo, 2.2 or newer: Debian's libmujoco-dev, or the folder MuJoCo_ROOT (a CMake or environment
# variable): an unpacked release, or the folder `mujoco` of PyPI's wheel, which holds include/ and only
# libmujoco.so.X.Y.Z. With MuJoCo_ROOT no other place is searched.
# Provides MuJoCo::MuJoCo, MuJoCo_VERSION (of header and library, which must agree) and MuJoCo_FOLDER (the
# library's folder).
cmake_policy(PUSH)
cmake_policy(VERSION 3.25)

# "2.2.2" from mjVERSION_HEADER: three digits up to 3.4.0, seven from 3.5.0 (3005000) on.
function(_mujoco_header_version include version)
  file(STRINGS ${include}/mujoco/mujoco.h line REGEX "#define mjVERSION_HEADER")
  string(REGEX MATCH "[0-9]+" number "${line}")
  set(thousand 10)
  if(number GREATER 999999)
    set(thousand 1000)
  endif()
  if(number)
    math(EXPR major "${number} / ${thousand} / ${thousand}")
    math(EXPR minor "${number} / ${thousand} % ${thousand}")
    math(EXPR patch "${number} % ${thousand}")
    set(${version} ${major}.${minor}.${patch} PARENT_SCOPE)
  endif()
endfunction()

# "2.2.2" from the name of the library's file, after links, or from the name within it; "" if neither has it.
function(_mujoco_library_version library version)
  file(REAL_PATH ${library} file)
  set(numbers "[0-9]+\\.[0-9]+\\.[0-9]+")
  if(NOT file MATCHES "libmujoco\\.(so\\.)?(${numbers})[^/]*$")
    set(CMAKE_MATCH_2)
    file(STRINGS ${file} name REGEX "^(@rpath/)?libmujoco\\.(so\\.)?${numbers}(\\.dylib)?$" LIMIT_COUNT 1)
    string(REGEX MATCH "libmujoco\\.(so\\.)?(${numbers})" name "${name}")
  endif()
  set(${version} "${CMAKE_MATCH_2}" PARENT_SCOPE)
endfunction()

set(_mujoco_root "${MuJoCo_ROOT}")
if(NOT _mujoco_root)
  set(_mujoco_root "$ENV{MuJoCo_ROOT}")
endif()
if(_mujoco_root)
  cmake_path(ABSOLUTE_PATH _mujoco_root BASE_DIRECTORY ${CMAKE_SOURCE_DIR} NORMALIZE)
endif()
if(NOT "${_mujoco_root}" STREQUAL "${MuJoCo_FOUND_BELOW}")  # another root than the last time
  unset(MuJoCo_INCLUDE_DIR CACHE)
  unset(MuJoCo_LIBRARY CACHE)
endif()
set(MuJoCo_FOUND_BELOW "${_mujoco_root}" CACHE INTERNAL "The MuJoCo_ROOT of the last time")

set(_mujoco_reason "install libmujoco-dev, or set MuJoCo_ROOT to an unpacked release or to the folder mujoco \
of PyPI's wheel (tools/install-dependencies.sh --mujoco VERSION fetches one)")
if(_mujoco_root)
  find_path(MuJoCo_INCLUDE_DIR mujoco/mujoco.h PATHS ${_mujoco_root} PATH_SUFFIXES include NO_DEFAULT_PATH)
  find_library(MuJoCo_LIBRARY mujoco PATHS ${_mujoco_root} PATH_SUFFIXES lib lib64
    lib/${CMAKE_LIBRARY_ARCHITECTURE} NO_DEFAULT_PATH)
  if(NOT MuJoCo_LIBRARY)
    file(GLOB _mujoco_files ${_mujoco_root}/libmujoco.so.* ${_mujoco_root}/libmujoco.*.dylib)
    list(SORT _mujoco_files COMPARE NATURAL ORDER DESCENDING)
    if(MuJoCo_INCLUDE_DIR)  # if there are several, the one with the header's version
      _mujoco_header_version(${MuJoCo_INCLUDE_DIR} MuJoCo_VERSION)
      foreach(file IN LISTS _mujoco_files)
        _mujoco_library_version(${file} _mujoco_version)
        if(_mujoco_version VERSION_EQUAL MuJoCo_VERSION)
          list(PREPEND _mujoco_files ${file})
          break()
        endif()
      endforeach()
    endif()
    if(_mujoco_files)
      list(GET _mujoco_files 0 _mujoco_file)
      set(MuJoCo_LIBRARY ${_mujoco_file} CACHE FILEPATH "MuJoCo's library" FORCE)
    endif()
  endif()
  set(_mujoco_reason "MuJoCo_ROOT is ${_mujoco_root}, which must hold include/mujoco/mujoco.h, and \
lib/libmujoco.so (an unpacked release) or libmujoco.so.X.Y.Z (the folder mujoco of PyPI's wheel)")
else()
  find_path(MuJoCo_INCLUDE_DIR mujoco/mujoco.h)
  find_library(MuJoCo_LIBRARY mujoco)
endif()

set(MuJoCo_VERSIONS_AGREE TRUE)
if(MuJoCo_INCLUDE_DIR AND MuJoCo_LIBRARY)
  _mujoco_header_version(${MuJoCo_INCLUDE_DIR} MuJoCo_VERSION)
  _mujoco_library_version(${MuJoCo_LIBRARY} _mujoco_version)
  if(_mujoco_version AND MuJoCo_VERSION AND NOT _mujoco_version VERSION_EQUAL MuJoCo_VERSION)
    set(MuJoCo_VERSIONS_AGREE FALSE)
    set(_mujoco_reason "the header ${MuJoCo_INCLUDE_DIR}/mujoco/mujoco.h is of ${MuJoCo_VERSION}, the library \
${MuJoCo_LIBRARY} of ${_mujoco_version}: set MuJoCo_ROOT to a folder that holds both")
  endif()
  file(REAL_PATH ${MuJoCo_LIBRARY} _mujoco_file)
  get_filename_component(MuJoCo_FOLDER ${_mujoco_file} DIRECTORY)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(MuJoCo
  REQUIRED_VARS MuJoCo_LIBRARY MuJoCo_INCLUDE_DIR MuJoCo_VERSIONS_AGREE VERSION_VAR MuJoCo_VERSION
  REASON_FAILURE_MESSAGE "${_mujoco_reason}")
if(MuJoCo_FOUND AND NOT TARGET MuJoCo::MuJoCo)
  add_library(MuJoCo::MuJoCo UNKNOWN IMPORTED)
  set_target_properties(MuJoCo::MuJoCo PROPERTIES
    IMPORTED_LOCATION ${MuJoCo_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${MuJoCo_INCLUDE_DIR})
endif()
cmake_policy(POP)
