#include "envs/render/gl_context.h"

#include "configs/base/error.h"
#include "envs/render/driver_leaks.h"

#ifdef SEQRL_EGL
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <dlfcn.h>

#include <vector>
#endif

#if defined(__SANITIZE_THREAD__)
// Mesa's threads release a fence by counting, in code that ThreadSanitizer does not see.
extern "C" const char* __tsan_default_suppressions() {
  return "race:swrast_dri.so\n";
}
#endif

namespace seqrl {

#ifdef SEQRL_EGL

namespace {

// libEGL, loaded on demand: the program also starts without it.
struct Egl {
  void* library = ::dlopen("libEGL.so.1", RTLD_NOW);

  template <typename Function>
  Function find(const char* name) const {
    void* found = library == nullptr ? nullptr : ::dlsym(library, name);
    if (found == nullptr) fail("cannot render: libEGL.so.1 is not installed (libegl1)");
    return reinterpret_cast<Function>(found);
  }

#define SEQRL_EGL_FUNCTION(name) decltype(&egl##name) name = find<decltype(&egl##name)>("egl" #name)
  SEQRL_EGL_FUNCTION(BindAPI);
  SEQRL_EGL_FUNCTION(ChooseConfig);
  SEQRL_EGL_FUNCTION(CreateContext);
  SEQRL_EGL_FUNCTION(DestroyContext);
  SEQRL_EGL_FUNCTION(GetProcAddress);
  SEQRL_EGL_FUNCTION(Initialize);
  SEQRL_EGL_FUNCTION(MakeCurrent);
  SEQRL_EGL_FUNCTION(Terminate);
#undef SEQRL_EGL_FUNCTION

  template <typename Function>
  Function extension(const char* name) const {
    return reinterpret_cast<Function>(GetProcAddress(name));
  }
};

const Egl& egl() {
  static const Egl egl;
  return egl;
}

// Displays that need no window system: those of graphics cards, then that of Mesa's software.
std::vector<EGLDisplay> displays() {
  std::vector<EGLDisplay> found;
  const auto get = egl().extension<PFNEGLGETPLATFORMDISPLAYEXTPROC>("eglGetPlatformDisplayEXT");
  if (get == nullptr) return found;
  if (const auto query = egl().extension<PFNEGLQUERYDEVICESEXTPROC>("eglQueryDevicesEXT")) {
    constexpr EGLint kMost = 32;
    EGLDeviceEXT devices[kMost];
    EGLint count = 0;
    if (query(kMost, devices, &count) != EGL_TRUE) count = 0;
    for (EGLint i = 0; i < count; ++i) {
      found.push_back(get(EGL_PLATFORM_DEVICE_EXT, devices[i], nullptr));
    }
  }
  found.push_back(get(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr));
  return found;
}

}  // namespace

struct GlContext::Handles {
  EGLDisplay display = EGL_NO_DISPLAY;
  EGLContext context = EGL_NO_CONTEXT;

  // Whether this display can draw; if so, the created context stays current.
  bool open(EGLDisplay candidate) {
    if (candidate == EGL_NO_DISPLAY || !egl().Initialize(candidate, nullptr, nullptr)) return false;
    display = candidate;
    constexpr EGLint kWanted[] = {EGL_SURFACE_TYPE,
                                  EGL_PBUFFER_BIT,
                                  EGL_RED_SIZE,
                                  8,
                                  EGL_GREEN_SIZE,
                                  8,
                                  EGL_BLUE_SIZE,
                                  8,
                                  EGL_DEPTH_SIZE,
                                  24,
                                  EGL_STENCIL_SIZE,
                                  8,
                                  EGL_RENDERABLE_TYPE,
                                  EGL_OPENGL_BIT,
                                  EGL_NONE};
    EGLConfig config = nullptr;
    EGLint count = 0;
    if (!egl().ChooseConfig(display, kWanted, &config, 1, &count) || count == 0) return false;
    if (!egl().BindAPI(EGL_OPENGL_API)) return false;
    context = egl().CreateContext(display, config, EGL_NO_CONTEXT, nullptr);
    return context != EGL_NO_CONTEXT &&
           egl().MakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context);
  }

  ~Handles() {
    if (display == EGL_NO_DISPLAY) return;
    const DriverLeaks driver;
    egl().MakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    if (context != EGL_NO_CONTEXT) egl().DestroyContext(display, context);
    egl().Terminate(display);
  }
};

GlContext::GlContext() {
  const DriverLeaks driver;
  for (EGLDisplay display : displays()) {
    handles_ = std::make_unique<Handles>();
    if (handles_->open(display)) return;
  }
  fail("cannot render: EGL finds neither a GPU nor Mesa's software renderer (libgl1-mesa-dri)");
}

#else

struct GlContext::Handles {};

GlContext::GlContext() {
  fail("this seqrl was built without EGL and cannot render: install libegl-dev and rebuild");
}

#endif

GlContext::~GlContext() = default;

}  // namespace seqrl
