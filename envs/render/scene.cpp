#include "envs/render/scene.h"

#include <fmt/ranges.h>

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

// A plane that bodies land on is infinite in the physics whatever its size. It is drawn infinite,
// with its texture as large as before.
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
        // From repeats per plane to repeats per metre.
        model.mat_texrepeat[2 * material + axis] /= static_cast<float>(2 * size[axis]);
      }
      size[axis] = 0;
    }
    if (material >= 0) stretched[static_cast<std::size_t>(material)] = true;
  }
}

// Models that nobody meant to draw are written without lights.
void add_headlight(mjModel& model) {
  if (model.nlight > 0) return;
  auto& lamp = model.vis.headlight;
  lamp.active = 1;
  std::ranges::fill(lamp.ambient, 0.4f);
  std::ranges::fill(lamp.diffuse, 0.6f);
}

// The body that moves a robot: a child of the world body that is free, or slides without limits,
// and is moved by an actuator, or has limbs that are. -1 if there is none.
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

// "'side', 'front', 2": cameras without a name are listed by number.
std::string cameras_of(const mjModel& model) {
  std::vector<std::string> cameras;
  for (int i = 0; i < static_cast<int>(model.ncam); ++i) {
    const char* name = mj_id2name(&model, mjOBJ_CAMERA, i);
    const bool named = name != nullptr && *name != 0;
    cameras.push_back(named ? shown(name) : std::to_string(i));
  }
  return cameras.empty() ? "none" : fmt::format("{}", fmt::join(cameras, ", "));
}

// The reach of a body's tree from its centre in the model's initial state, in metres.
double reach(const mjModel& model, int body) {
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(&model), mj_deleteData);
  if (data == nullptr) fail("not enough memory to measure a model");
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
                "camera: the model has no camera {}; its cameras: {}; track and free always work",
                shown(wanted), cameras_of(model));
  const int body = find_floating_base(model);
  if (wanted != "free" && body >= 0) {
    camera.trackbodyid = body;
    constexpr double kAway = 3.5;  // the whole robot is visible
    if (const double radius = reach(model, body); radius > 0) camera.distance = kAway * radius;
  }
  return camera;
}

}  // namespace

Scene::Scene(const MujocoModel& original, Target target, int width, int height,
             const std::string& camera)
    : camera_(find_camera(*original.get(), camera)) {
  const MujocoCall call;
  const DriverLeaks driver;
  mjv_defaultScene(&scene_);
  mjv_defaultOption(&option_);
  mjr_defaultContext(&context_);
  model_ = mj_copyModel(nullptr, original.get());
  if (model_ == nullptr) fail("not enough memory to copy a model");
  if (target == Target::picture) {
    model_->vis.global.offwidth = width;
    model_->vis.global.offheight = height;
  }
  make_floors_infinite(*model_);
  add_headlight(*model_);
  // The near plane is in extents of the whole model, which may be a large hall.
  if (camera_.trackbodyid >= 0) {
    const auto near = static_cast<float>(0.05 * camera_.distance / model_->stat.extent);
    model_->vis.map.znear = std::min(model_->vis.map.znear, near);
  }
  mjv_makeScene(model_, &scene_, kDecorations + 2 * static_cast<int>(model_->ngeom));
  try {
    mjr_makeContext(model_, &context_, font_for(height));
  } catch (const Error& error) {
    clear();
    fail("cannot render: OpenGL does not work ({}); install libgl1", error.what());
  }
  const int buffer = target == Target::picture ? mjFB_OFFSCREEN : mjFB_WINDOW;
  mjr_setBuffer(buffer, &context_);
  const bool fits = context_.currentBuffer == buffer;
  if (!fits) clear();
  if (!fits) fail("OpenGL cannot render images of {}x{} here", width, height);
}

Scene::~Scene() {
  clear();
}

void Scene::clear() {
  const DriverLeaks driver;
  mjr_freeContext(&context_);
  mjv_freeScene(&scene_);
  mj_deleteModel(model_);
  model_ = nullptr;
}

void Scene::set_camera(const std::string& name) {
  camera_ = find_camera(*model_, name);
}

void Scene::draw(const MujocoEnv& env, int width, int height, std::span<const Caption> captions,
                 const mjvPerturb* pulled) {
  const mjModel& given = *env.model().get();
  SEQRL_REQUIRE(given.nq == model_->nq && given.nv == model_->nv && given.nbody == model_->nbody &&
                    given.ngeom == model_->ngeom,
                "{} cannot be rendered: the renderer was created for another model", env.name());
  const DriverLeaks driver;
  const MujocoCall call;
  // MuJoCo's own tracking lags behind.
  if (camera_.trackbodyid >= 0) {
    mju_copy3(camera_.lookat, env.data()->subtree_com + 3 * camera_.trackbodyid);
  }
  // Drawing only reads the data, although MuJoCo's signature does not say so.
  auto* data = const_cast<mjData*>(env.data());
  mjv_updateCamera(model_, data, &camera_, &scene_);  // floors are laid out under it
  mjv_updateScene(model_, data, &option_, pulled, &camera_, mjCAT_ALL, &scene_);
  mjr_render({0, 0, width, height}, &scene_, &context_);
  std::string names, values;
  for (const Caption& caption : captions) {
    names += (names.empty() ? "" : "\n") + caption.name;
    values += (values.empty() ? "" : "\n") + caption.value;
  }
  if (!captions.empty()) write(mjGRID_TOPLEFT, width, height, names, values);
}

void Scene::write(mjtGridPos corner, int width, int height, const std::string& left,
                  const std::string& right) {
  mjr_overlay(mjFONT_NORMAL, corner, {0, 0, width, height}, left.c_str(),
              right.empty() ? nullptr : right.c_str(), &context_);
}

std::vector<std::string> camera_names(const MujocoModel& model) {
  std::vector<std::string> names;
  if (find_floating_base(*model.get()) >= 0) names.emplace_back("track");
  for (int i = 0; i < static_cast<int>(model.get()->ncam); ++i) {
    const char* name = mj_id2name(model.get(), mjOBJ_CAMERA, i);
    const bool named = name != nullptr && *name != 0;
    names.push_back(named ? name : std::to_string(i));
  }
  names.emplace_back("free");
  return names;
}

}  // namespace seqrl
