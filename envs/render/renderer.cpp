#include "envs/render/renderer.h"

#include <fmt/ranges.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "envs/render/driver_leaks.h"

namespace seqrl {
namespace {

constexpr int kDecorations = 2000;                          // shapes of a scene besides its geoms
constexpr int kSmallFontBelow = 400, kLargeFontFrom = 900;  // pixels of height

mjtFontScale font_for(int height) {
  if (height < kSmallFontBelow) return mjFONTSCALE_100;
  return height < kLargeFontFrom ? mjFONTSCALE_150 : mjFONTSCALE_250;
}

// A plane that bodies land on has no end for them, whatever its size: so it is drawn, with its
// texture as large as before.
void make_floors_infinite(mjModel& model) {
  std::vector<bool> stretched(static_cast<std::size_t>(model.nmat));
  for (int i = 0; i < static_cast<int>(model.ngeom); ++i) {
    const bool touched = model.geom_contype[i] != 0 || model.geom_conaffinity[i] != 0;
    const bool fixed = model.body_weldid[model.geom_bodyid[i]] == 0;
    if (model.geom_type[i] != mjGEOM_PLANE || !touched || !fixed) continue;
    double* size = model.geom_size + 3 * i;
    const int material = model.geom_matid[i];
    for (int axis = 0; axis < 2; ++axis) {
      if (material >= 0 && !stretched[static_cast<std::size_t>(material)] && size[axis] > 0 &&
          !model.mat_texuniform[material]) {
        // From repeats on the plane to repeats a metre.
        model.mat_texrepeat[2 * material + axis] /= static_cast<float>(2 * size[axis]);
      }
      size[axis] = 0;
    }
    if (material >= 0) stretched[static_cast<std::size_t>(material)] = true;
  }
}

// Models are written without lights where nobody meant to look at them.
void add_headlight(mjModel& model) {
  if (model.nlight > 0) return;
  auto& lamp = model.vis.headlight;
  lamp.active = 1;
  std::ranges::fill(lamp.ambient, 0.4f);
  std::ranges::fill(lamp.diffuse, 0.6f);
}

// The body that carries a robot away: a child of the world body that is free, or slides without
// limits, and is moved by an actuator, or its limbs are. -1 where there is none.
int find_floating_base(const mjModel& model) {
  std::set<int> driven;  // roots of trees with such joints
  for (int i = 0; i < static_cast<int>(model.nu); ++i) {
    const int type = model.actuator_trntype[i];
    if (type != mjTRN_JOINT && type != mjTRN_JOINTINPARENT) continue;
    driven.insert(model.body_rootid[model.jnt_bodyid[model.actuator_trnid[2 * i]]]);
  }
  for (int i = 0; i < static_cast<int>(model.njnt); ++i) {
    const int type = model.jnt_type[i], body = model.jnt_bodyid[i];
    const bool goes_far = type == mjJNT_FREE || (type == mjJNT_SLIDE && !model.jnt_limited[i]);
    const bool acts = driven.empty() || driven.contains(body);
    if (goes_far && acts && model.body_parentid[body] == 0) return body;
  }
  return -1;
}

// "'side', 'front', 2": those without a name are numbers alone.
std::string cameras_of(const mjModel& model) {
  std::vector<std::string> cameras;
  for (int i = 0; i < static_cast<int>(model.ncam); ++i) {
    const char* name = mj_id2name(&model, mjOBJ_CAMERA, i);
    const bool named = name != nullptr && *name != 0;
    cameras.push_back(named ? shown(name) : std::to_string(i));
  }
  return cameras.empty() ? "none" : fmt::format("{}", fmt::join(cameras, ", "));
}

// How far from its centre a body's tree reaches where the model starts, in metres.
double reach(const mjModel& model, int body) {
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(&model), mj_deleteData);
  if (data == nullptr) fail("MuJoCo has no memory to look at a model");
  mj_kinematics(&model, data.get());
  mj_comPos(&model, data.get());
  double farthest = 0;
  for (int i = 0; i < static_cast<int>(model.ngeom); ++i) {
    if (model.body_rootid[model.geom_bodyid[i]] != body) continue;
    const double distance = mju_dist3(data->geom_xpos + 3 * i, data->subtree_com + 3 * body);
    farthest = std::max(farthest, distance + model.geom_rbound[i]);
  }
  return farthest;
}

mjvCamera find_camera(const mjModel& model, const std::string& wanted) {
  mjvCamera camera;
  mjv_defaultFreeCamera(&model, &camera);
  const std::string name = wanted.empty() ? "side" : wanted;
  int id = mj_name2id(&model, mjOBJ_CAMERA, name.c_str());
  int number = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_number = error == std::errc() && end == name.data() + name.size();
  if (id < 0 && is_number && number >= 0 && number < static_cast<int>(model.ncam)) id = number;
  if (id >= 0) {
    camera.type = mjCAMERA_FIXED;
    camera.fixedcamid = id;
    return camera;
  }
  SEQRL_REQUIRE(wanted.empty() || wanted == "track" || wanted == "free",
                "camera: the model has no camera {}; it has {}, and there are track and free",
                shown(wanted), cameras_of(model));
  const int body = find_floating_base(model);
  if (wanted != "free" && body >= 0) {
    camera.trackbodyid = body;
    constexpr double kAway = 3.5;  // the whole robot is seen
    if (const double radius = reach(model, body); radius > 0) camera.distance = kAway * radius;
  }
  return camera;
}

}  // namespace

// What MuJoCo draws with. The model is a copy, for the size of the picture is a part of it.
struct Renderer::Scene {
  mjModel* model = nullptr;
  mjvScene scene;
  mjvOption option;
  mjvCamera camera;
  mjrContext context;

  Scene(const mjModel* original, int width, int height, const mjvCamera& from) : camera(from) {
    const MujocoCall call;
    const DriverLeaks driver;
    mjv_defaultScene(&scene);
    mjv_defaultOption(&option);
    mjr_defaultContext(&context);
    model = mj_copyModel(nullptr, original);
    if (model == nullptr) fail("MuJoCo has no memory to copy a model");
    model->vis.global.offwidth = width;
    model->vis.global.offheight = height;
    make_floors_infinite(*model);
    add_headlight(*model);
    // What is near counts in extents of the whole model, which may be a large hall.
    if (camera.trackbodyid >= 0) {
      const auto near = static_cast<float>(0.05 * camera.distance / model->stat.extent);
      model->vis.map.znear = std::min(model->vis.map.znear, near);
    }
    mjv_makeScene(model, &scene, kDecorations + 2 * static_cast<int>(model->ngeom));
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

Renderer::Renderer(const MujocoModel& model, int width, int height, const std::string& camera)
    : width_(width), height_(height) {
  SEQRL_REQUIRE(width > 0 && height > 0, "a picture of {}x{} pixels is none", width, height);
  scene_ = std::make_unique<Scene>(model.get(), width, height, find_camera(*model.get(), camera));
  pixels_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  upside_down_.resize(pixels_.size());
}

Renderer::~Renderer() = default;

std::span<const std::uint8_t> Renderer::draw(const MujocoEnv& env,
                                             std::span<const Caption> captions) {
  Scene& s = *scene_;
  const mjModel &drawn = *s.model, &given = *env.model().get();
  SEQRL_REQUIRE(given.nq == drawn.nq && given.nv == drawn.nv && given.nbody == drawn.nbody &&
                    given.ngeom == drawn.ngeom,
                "{} cannot be drawn: the renderer was made for another model", env.name());
  const DriverLeaks driver;
  const MujocoCall call;
  // MuJoCo's own tracking lags behind.
  if (s.camera.trackbodyid >= 0) {
    mju_copy3(s.camera.lookat, env.data()->subtree_com + 3 * s.camera.trackbodyid);
  }
  // Drawing reads the data; MuJoCo's signature does not say so.
  auto* data = const_cast<mjData*>(env.data());
  mjv_updateCamera(s.model, data, &s.camera, &s.scene);  // floors are laid out under it
  mjv_updateScene(s.model, data, &s.option, nullptr, &s.camera, mjCAT_ALL, &s.scene);
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
