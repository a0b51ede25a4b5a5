# SEQRL_MPI=AUTO|ON|OFF: with an MPI library (Open MPI, MPICH) the program supports several ranks, which
# mpirun or srun starts, and SEQRL_WITH_MPI is set. Without it everything else builds, and a start with
# mpirun says what is missing.
set(SEQRL_MPI AUTO CACHE STRING "Work on several ranks with MPI: AUTO (where it is found), ON or OFF")
set_property(CACHE SEQRL_MPI PROPERTY STRINGS AUTO ON OFF)
if(NOT SEQRL_MPI MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "SEQRL_MPI is ${SEQRL_MPI}, expected AUTO, ON or OFF")
endif()

set(SEQRL_WITH_MPI OFF)
if(NOT SEQRL_MPI STREQUAL "OFF")
  find_package(MPI QUIET COMPONENTS C)
  if(MPI_C_FOUND)
    set(SEQRL_WITH_MPI ON)
  elseif(SEQRL_MPI STREQUAL "ON")
    message(FATAL_ERROR "SEQRL_MPI is ON, but no MPI was found; install libopenmpi-dev or libmpich-dev")
  endif()
endif()
