# Finds the C library of HDF5 1.10 or newer: Debian's libhdf5-dev, or an installation at HDF5C_ROOT.
# Provides hdf5::hdf5. CMake's own FindHDF5 compiles C, which a C++-only consumer cannot do.
find_path(HDF5C_INCLUDE_DIR hdf5.h PATH_SUFFIXES hdf5/serial)
find_library(HDF5C_LIBRARY NAMES hdf5_serial hdf5 PATH_SUFFIXES hdf5/serial)
if(HDF5C_INCLUDE_DIR)
  file(GLOB version_headers ${HDF5C_INCLUDE_DIR}/H5pubconf*.h)
  foreach(header IN LISTS version_headers)
    file(STRINGS ${header} version_line REGEX "#define H5_VERSION ")
    if(version_line MATCHES "\"([0-9.]+)")
      set(HDF5C_VERSION ${CMAKE_MATCH_1})
    endif()
  endforeach()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(HDF5C
  REQUIRED_VARS HDF5C_LIBRARY HDF5C_INCLUDE_DIR VERSION_VAR HDF5C_VERSION
  REASON_FAILURE_MESSAGE "install libhdf5-dev, or set HDF5C_ROOT to an installation")
if(HDF5C_FOUND AND NOT TARGET hdf5::hdf5)
  add_library(hdf5::hdf5 UNKNOWN IMPORTED)
  set_target_properties(hdf5::hdf5 PROPERTIES
    IMPORTED_LOCATION ${HDF5C_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${HDF5C_INCLUDE_DIR})
endif()
