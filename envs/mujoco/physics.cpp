#include "envs/mujoco/physics.h"

#include <fmt/format.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <span>

#include "configs/base/text.h"
#include "envs/mujoco/margins.h"
#include "envs/mujoco/mujoco_env.h"

namespace seqrl {
namespace {

// Whether the integrator turns quaternion joints in four stages.
bool turns_in_stages(const MujocoModel& model) {
  const mjModel& m = *model.get();
  const std::span types(m.jnt_type, static_cast<std::size_t>(m.njnt));
  return m.opt.integrator == mjINT_RK4 && std::ranges::any_of(types, [](int type) {
           return type == mjJNT_FREE || type == mjJNT_BALL;
         });
}

bool solves_by_pgs(const MujocoModel& model) {
  return model.get()->opt.solver == mjSOL_PGS;
}

bool touch(const mjModel& m, int a, int b) {
  return (m.geom_contype[a] & m.geom_conaffinity[b]) != 0 ||
         (m.geom_contype[b] & m.geom_conaffinity[a]) != 0;
}

// Whether two geoms can touch of which one is a mesh or curved in two ways, and the other neither a
// plane nor a sphere: MuJoCo then searches for the contact.
bool collides_by_search(const MujocoModel& model) {
  const mjModel& m = *model.get();
  for (int a = 0; a < m.ngeom; ++a) {
    const int type = m.geom_type[a];
    if (type != mjGEOM_ELLIPSOID && type != mjGEOM_CYLINDER && type != mjGEOM_MESH) continue;
    for (int b = 0; b < m.ngeom; ++b) {
      const bool searched = m.geom_type[b] != mjGEOM_PLANE && m.geom_type[b] != mjGEOM_SPHERE;
      if (searched && m.geom_bodyid[a] != m.geom_bodyid[b] && touch(m, a, b)) return true;
    }
  }
  return false;
}

// Whether a sphere can touch a plane, with a margin.
bool spheres_have_margins(const MujocoModel& model) {
  const mjModel& m = *model.get();
  for (int a = 0; a < m.ngeom; ++a) {
    if (m.geom_type[a] != mjGEOM_SPHERE) continue;
    for (int b = 0; b < m.ngeom; ++b) {
      const bool margin = m.geom_margin[a] > 0 || m.geom_margin[b] > 0;
      if (m.geom_type[b] == mjGEOM_PLANE && margin && touch(m, a, b)) return true;
    }
  }
  return false;
}

// A change in MuJoCo that moves the models it applies to differently.
struct Change {
  std::string_view since;
  bool (*counts)(const MujocoModel& model);
  const char* why;
  bool again = false;           // changes again with each later minor version
  std::string_view until = {};  // the version that reverts it

  bool is_in(std::string_view version) const {
    return mujoco_at_least(version, since) && (until.empty() || !mujoco_at_least(version, until));
  }
};

constexpr Change kChanges[] = {
    {"2.3.3", spheres_have_margins,
     "2.3.3 to 2.3.7 miss contacts of spheres within their margin of a plane", false, "3.0"},
    {"3.0", collides_by_search,
     "since 3.0, contact points of cylinders, ellipsoids and meshes differ from version to version",
     true},
    {"3.3.6", solves_by_pgs, "the PGS solver works differently since 3.3.6"},
    {kAddedMargins, [](const MujocoModel& model) { return model.adds_margins(); },
     "margins of two geoms are added since 3.5 (halve them in the MJCF to get the earlier "
     "contacts)"},
    {"4.0", turns_in_stages,
     "RK4 integrates rotations of free and ball joints differently since 4.0"}};

// "3.17" of "3.17.0".
std::string minor_version(std::string_view version) {
  const std::size_t dot = version.find('.');
  return std::string(version.substr(0, version.find('.', dot + 1)));
}

}  // namespace

std::string physics_since(const MujocoModel& model, std::string_view version) {
  std::string since(kFirstPhysics);
  for (const Change& change : kChanges) {
    if (!change.is_in(version) || !change.counts(model)) continue;
    const std::string then = change.again ? minor_version(version) : std::string(change.since);
    if (mujoco_at_least(then, since)) since = then;
  }
  return since;
}

std::string physics_since(const Env& env, std::string_view version) {
  const auto* mujoco = dynamic_cast<const MujocoEnv*>(&env);
  return mujoco == nullptr ? "" : physics_since(mujoco->model(), version);
}

std::optional<std::string> physics_difference(const Env& env, std::string_view then) {
  if (then.empty() || physics_since(env, then) == physics_since(env, mujoco_version())) {
    return std::nullopt;
  }
  return fmt::format(
      "{} moves differently under MuJoCo {}, which runs here, than under {}: returns and scores "
      "are not comparable",
      env.name(), mujoco_version(), one_line(then));
}

std::optional<std::string> physics_note(const Env& env) {
  const auto* mujoco = dynamic_cast<const MujocoEnv*>(&env);
  if (mujoco == nullptr) return std::nullopt;
  const std::string version = mujoco_version();
  const std::string since = physics_since(mujoco->model(), version);
  if (since == kFirstPhysics) return std::nullopt;
  std::string why;
  for (const Change& change : kChanges) {
    if (!change.is_in(version) || !change.counts(mujoco->model())) continue;
    why += (why.empty() ? "" : ", and ") + std::string(change.why);
  }
  return fmt::format(
      "{} moves differently under MuJoCo {} than under versions before {}: {}; returns and scores "
      "are not comparable with theirs",
      env.name(), version, since, why);
}

}  // namespace seqrl
