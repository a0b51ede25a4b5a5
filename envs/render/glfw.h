// GLFW, loaded when a window is requested: the program also starts without it. For the sources of
// this directory only.
#pragma once

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <dlfcn.h>

#include "configs/base/error.h"

namespace seqrl {

struct Glfw {
  void* library = ::dlopen("libglfw.so.3", RTLD_NOW);

  template <typename Function>
  Function find(const char* name) const {
    void* found = library == nullptr ? nullptr : ::dlsym(library, name);
    if (found == nullptr) {
      fail(
          "cannot open a window: libglfw.so.3 is not installed (libglfw3); seqrl render makes a "
          "video");
    }
    return reinterpret_cast<Function>(found);
  }

#define SEQRL_GLFW_FUNCTION(name) \
  decltype(&glfw##name) name = find<decltype(&glfw##name)>("glfw" #name)
  SEQRL_GLFW_FUNCTION(CreateWindow);
  SEQRL_GLFW_FUNCTION(DestroyWindow);
  SEQRL_GLFW_FUNCTION(GetCursorPos);
  SEQRL_GLFW_FUNCTION(GetError);
  SEQRL_GLFW_FUNCTION(GetFramebufferSize);
  SEQRL_GLFW_FUNCTION(GetWindowSize);
  SEQRL_GLFW_FUNCTION(GetWindowUserPointer);
  SEQRL_GLFW_FUNCTION(Init);
  SEQRL_GLFW_FUNCTION(MakeContextCurrent);
  SEQRL_GLFW_FUNCTION(PollEvents);
  SEQRL_GLFW_FUNCTION(SetCharCallback);
  SEQRL_GLFW_FUNCTION(SetCursorPosCallback);
  SEQRL_GLFW_FUNCTION(SetKeyCallback);
  SEQRL_GLFW_FUNCTION(SetMouseButtonCallback);
  SEQRL_GLFW_FUNCTION(SetScrollCallback);
  SEQRL_GLFW_FUNCTION(SetWindowUserPointer);
  SEQRL_GLFW_FUNCTION(SwapBuffers);
  SEQRL_GLFW_FUNCTION(SwapInterval);
  SEQRL_GLFW_FUNCTION(Terminate);
  SEQRL_GLFW_FUNCTION(WaitEventsTimeout);
  SEQRL_GLFW_FUNCTION(WindowHint);
  SEQRL_GLFW_FUNCTION(WindowShouldClose);
#undef SEQRL_GLFW_FUNCTION
};

inline const Glfw& glfw() {
  static const Glfw glfw;
  return glfw;
}

}  // namespace seqrl
