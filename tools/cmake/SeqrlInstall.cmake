# The install rules, and the files that find_package(seqrl) reads.
include(CMakePackageConfigHelpers)

set(layers configs models envs agents)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/seqrl)
list(TRANSFORM layers PREPEND seqrl_ OUTPUT_VARIABLE libraries)

install(TARGETS ${libraries} seqrl_actor seqrl_public seqrl_plugin EXPORT seqrl-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
if(TARGET seqrl)
  set_target_properties(seqrl PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)  # the folder of MuJoCo_ROOT
  install(TARGETS seqrl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT main)
endif()
# Files that the program prints: completion, manual pages, the configs' schema.
if(TARGET seqrl)
  install(CODE "set(program \"$<TARGET_FILE:seqrl>\")\nset(data \"${CMAKE_INSTALL_DATADIR}\")\nset(man \"${CMAKE_INSTALL_MANDIR}\")"
    COMPONENT main)
  install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_help.cmake COMPONENT main)
endif()
# The public headers, and below them the headers that they include.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/tools/include/seqrl DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT development)
foreach(layer IN LISTS layers)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${layer} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/seqrl/detail
    COMPONENT development FILES_MATCHING PATTERN "*.h" PATTERN "assets" EXCLUDE PATTERN "cpu" EXCLUDE PATTERN "cuda" EXCLUDE  # kernels
    PATTERN "hdf5_*.h" EXCLUDE PATTERN "glfw.h" EXCLUDE)  # they need libhdf5's, and GLFW's
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/include/generated/configs/abi.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/seqrl/detail/configs COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/seqrl/configs
  COMPONENT main FILES_MATCHING PATTERN "*.yaml" PATTERN "base" EXCLUDE PATTERN "schema" EXCLUDE)

install(EXPORT seqrl-targets NAMESPACE seqrl:: DESTINATION ${package_folder} COMPONENT development)
get_property(dependencies GLOBAL PROPERTY SEQRL_DEPENDENCIES)
list(JOIN dependencies "\n" SEQRL_FIND_DEPENDENCIES)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/seqrl-config.cmake.in
  ${PROJECT_BINARY_DIR}/seqrl-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/seqrl-config-version.cmake
  COMPATIBILITY SameMinorVersion)
file(GLOB find_modules ${CMAKE_CURRENT_LIST_DIR}/Find*.cmake)
install(FILES ${PROJECT_BINARY_DIR}/seqrl-config.cmake ${CMAKE_CURRENT_LIST_DIR}/SeqrlPlugins.cmake
  ${PROJECT_BINARY_DIR}/seqrl-config-version.cmake ${find_modules} DESTINATION ${package_folder} COMPONENT development)
