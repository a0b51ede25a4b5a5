# Debian packages, built by cpack: seqrl, the program, and seqrl-dev, for building your own programs.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME seqrl)
set(CPACK_PACKAGE_VENDOR seqrl)
set(CPACK_PACKAGE_CONTACT "the authors of seqrl <seqrl@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION "Trains sequence models and other agents on recorded experience,
evaluates them in MuJoCo, and draws, reports and exports what comes of it.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL main development)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
# The libraries that the program links are required; those that it opens on demand are recommended.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_MAIN_PACKAGE_NAME seqrl)
set(CPACK_DEBIAN_MAIN_PACKAGE_RECOMMENDS "ffmpeg, gnuplot-nox, libegl1, libgl1, libgl1-mesa-dri, libglfw3")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Headers and libraries: find_package(seqrl)")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME seqrl-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "seqrl (= ${PROJECT_VERSION}), libmujoco-dev, libeigen3-dev, libyaml-cpp-dev, libhdf5-dev, libfmt-dev, nlohmann-json3-dev, zlib1g-dev")

# A package must run on other machines.
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/check_package.cmake)
set(CPACK_SEQRL_NATIVE ${SEQRL_NATIVE})
include(CPack)
