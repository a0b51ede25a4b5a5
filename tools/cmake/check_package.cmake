# Run by cpack before it packs.
if(CPACK_SEQRL_NATIVE)
  message(FATAL_ERROR "this build is for this machine's processor only; package the build of 'cmake --preset package'")
endif()
