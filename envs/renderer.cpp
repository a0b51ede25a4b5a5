#include "envs/renderer.h"

#include <mujoco/mujoco.h>

#include <algorithm>

#include "configs/base/error.h"
#include "envs/driver_leaks.h"

namespace seqrl {
namespace {

constexpr int kMaxShapes = 2000;  // geoms of a scene, decorations among them
constexpr int kSmallFontBelow = 400, kLargeFontFrom = 900;  // pixels of height

mjtFontScale font_for(int height) {
  if (height < kSmallFontBelow) return mjFONTSCALE_100;
  return height < kLargeFontFrom ? mjFONTSCALE_150 : mjFONTSCALE_250;
}

}  // namespace

// What MuJoCo draws with. The model is a copy, for the size of the picture is a part of it.
struct Renderer::Scene {
  mjModel* model = nullptr;
  mjvScene scene;
  mjvOption option;
  mjvCamera camera;
  mjrContext context;

  Scene(const mjModel* original, int width, int height) {
    const MujocoCall call;
    const DriverLeaks driver;
    mjv_defaultScene(&scene);
    mjv_defaultOption(&option);
    mjr_defaultContext(&context);
    model = mj_copyModel(nullptr, original);
    if (model == nullptr) fail("MuJoCo has no memory to copy a model");
    model->vis.global.offwidth = width;
    model->vis.global.offheight = height;
    mjv_makeScene(model, &scene, kMaxShapes);
    try {
      mjr_makeContext(model, &context, font_for(height));
    } catch (const Error& error) {
      clear();
      fail("no OpenGL to draw with ({}); install libgl1", error.what());
    }
    mjr_setBuffer(mjFB_OFFSCREEN, &context);
    const bool fits = context.currentBuffer == mjFB_OFFSCREEN;
    if (!fits) clear();
    if (!fits) fail("OpenGL here cannot draw pictures of {}x{}", width, height);
    mjv_defaultFreeCamera(model, &camera);
    const int side = mj_name2id(model, mjOBJ_CAMERA, "side");
    if (side >= 0) {
      camera.type = mjCAMERA_FIXED;
      camera.fixedcamid = side;
    }
  }

  ~Scene() { clear(); }

  void clear() {
    const DriverLeaks driver;
    mjr_freeContext(&context);
    mjv_freeScene(&scene);
    mj_deleteModel(model);
    model = nullptr;
  }
};

Renderer::Renderer(const MujocoModel& model, int width, int height)
    : width_(width), height_(height) {
  SEQRL_REQUIRE(width > 0 && height > 0, "a picture of {}x{} pixels is none", width, height);
  scene_ = std::make_unique<Scene>(model.get(), width, height);
  pixels_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  upside_down_.resize(pixels_.size());
}

Renderer::~Renderer() = default;

std::span<const std::uint8_t> Renderer::draw(const MujocoEnv& env,
                                             std::span<const Caption> captions) {
  const MujocoCall call;
  Scene& s = *scene_;
  // Drawing reads the data; MuJoCo's signature does not say so.
  mjv_updateScene(s.model, const_cast<mjData*>(env.data()), &s.option, nullptr, &s.camera,
                  mjCAT_ALL, &s.scene);
  const mjrRect frame{0, 0, width_, height_};
  mjr_render(frame, &s.scene, &s.context);
  std::string names, values;
  for (const Caption& caption : captions) {
    names += (names.empty() ? "" : "\n") + caption.name;
    values += (values.empty() ? "" : "\n") + caption.value;
  }
  if (!captions.empty()) {
    mjr_overlay(mjFONT_NORMAL, mjGRID_TOPLEFT, frame, names.c_str(), values.c_str(), &s.context);
  }
  mjr_readPixels(upside_down_.data(), nullptr, frame, &s.context);
  const std::size_t row = static_cast<std::size_t>(width_) * 3;
  for (std::size_t y = 0; y < static_cast<std::size_t>(height_); ++y) {
    const auto from = upside_down_.end() - static_cast<std::ptrdiff_t>((y + 1) * row);
    std::copy_n(from, row, pixels_.begin() + static_cast<std::ptrdiff_t>(y * row));
  }
  return pixels_;
}

}  // namespace seqrl
