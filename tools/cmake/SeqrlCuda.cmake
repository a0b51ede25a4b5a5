# SEQRL_CUDA=AUTO|ON|OFF: with the CUDA toolkit, models/ops/cuda is compiled for the device and
# SEQRL_WITH_CUDA is set. Without it everything else builds; `device: cuda` says what is missing.
set(SEQRL_CUDA AUTO CACHE STRING "Compile the CUDA kernels: AUTO (where nvcc is found), ON or OFF")
set_property(CACHE SEQRL_CUDA PROPERTY STRINGS AUTO ON OFF)
if(NOT SEQRL_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "SEQRL_CUDA is ${SEQRL_CUDA}, expected AUTO, ON or OFF")
endif()

set(SEQRL_WITH_CUDA OFF)
# nvcc's host code would be compiled without the sanitizers' options.
if(NOT SEQRL_CUDA STREQUAL "OFF" AND NOT (SEQRL_CUDA STREQUAL "AUTO" AND SEQRL_SANITIZE))
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(SEQRL_WITH_CUDA ON)
  elseif(SEQRL_CUDA STREQUAL "ON")
    message(FATAL_ERROR "SEQRL_CUDA is ON, but there is no CUDA compiler; set CUDACXX to nvcc's path")
  endif()
endif()

if(SEQRL_WITH_CUDA)
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    # This machine's GPU. Without a GPU, code for an A100, which every later GPU translates at its first run.
    # Each additional architecture takes nvcc as long as the first.
    execute_process(COMMAND nvidia-smi -L RESULT_VARIABLE no_gpu OUTPUT_QUIET ERROR_QUIET)
    set(CMAKE_CUDA_ARCHITECTURES 80)
    if(no_gpu EQUAL 0)
      set(CMAKE_CUDA_ARCHITECTURES native)
    endif()
  endif()
  if(CMAKE_CUDA_ARCHITECTURES STREQUAL "portable")
    # A program for several GPUs: A100, Hopper and, if nvcc knows it, Blackwell. Code for the first runs on all
    # GPUs of its generation; GPUs after the last translate the last one's code.
    execute_process(COMMAND ${CMAKE_CUDA_COMPILER} --list-gpu-code OUTPUT_VARIABLE known ERROR_QUIET)
    set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
    if(known MATCHES "sm_100")
      set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 100)
    endif()
  endif()
  enable_language(CUDA)
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know that nvcc supports it
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
  endif()
  set(CMAKE_CUDA_STANDARD 20)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  seqrl_find_package(CUDAToolkit)
endif()
