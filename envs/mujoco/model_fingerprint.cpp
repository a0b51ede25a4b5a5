#include "envs/mujoco/model_fingerprint.h"

#include <fmt/format.h>
#include <mujoco/mjxmacro.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace seqrl {
namespace {

constexpr std::size_t kDigits = 16;  // of a hash

class Hash {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) {
      hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    }
  }

  // The last bits of a computed number depend on the machine, and so do values that should be zero.
  void add(double number) {
    constexpr double kNothing = 1e-12;
    const float rounded = std::abs(number) < kNothing ? 0 : static_cast<float>(number);
    add({reinterpret_cast<const char*>(&rounded), sizeof rounded});
  }

  template <typename T>
  void add(std::string_view name, const T* numbers, std::size_t count) {
    add(name);
    add(static_cast<double>(count));
    for (std::size_t i = 0; i < count; ++i) add(static_cast<double>(numbers[i]));
  }

  std::string text() const { return fmt::format("{:0{}x}", hash_, kDigits); }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

// Whether an array of mjModel is only visual, or concerns the positions of names and files.
bool is_for_show(const mjModel& model, std::string_view array) {
  // A sensor may report a camera's position.
  const auto sees_camera = [&](int i) {
    return model.sensor_objtype[i] == mjOBJ_CAMERA || model.sensor_reftype[i] == mjOBJ_CAMERA;
  };
  bool cameras_count = false;
  for (int i = 0; i < static_cast<int>(model.nsensor); ++i) cameras_count |= sees_camera(i);
  if (array.starts_with("cam_")) return !cameras_count;
  constexpr std::string_view kBeginnings[] = {"light_", "skin_", "tex_",  "mat_",
                                              "name",   "paths", "text_", "bvh_"};
  constexpr std::string_view kParts[] = {"rgba",    "matid",    "_group",
                                         "pathadr", "texcoord", "_normal"};
  return std::ranges::any_of(kBeginnings, [&](auto part) { return array.starts_with(part); }) ||
         std::ranges::any_of(kParts,
                             [&](auto part) { return array.find(part) != std::string_view::npos; });
}

// Whether every version of MuJoCo takes an array of mjModel unchanged from the file. The centre and
// mass of a mesh or height field, and springs tuned to that mass, are computed.
bool is_as_written(const mjModel& model, std::string_view array) {
  constexpr std::string_view kWritten[] = {
      "qpos0",         "body_parentid", "body_pos",    "body_quat",    "jnt_type",
      "jnt_pos",       "jnt_axis",      "jnt_range",   "dof_armature", "dof_frictionloss",
      "geom_type",     "geom_bodyid",   "hfield_size", "hfield_data",  "actuator_gear",
      "geom_friction", "key_qpos"};
  constexpr std::string_view kOfShapes[] = {"body_mass", "geom_size", "geom_pos", "jnt_stiffness",
                                            "dof_damping"};
  const bool plain_shapes = model.nmesh == 0 && model.nhfield == 0;
  return std::ranges::find(kWritten, array) != std::end(kWritten) ||
         (plain_shapes && std::ranges::find(kOfShapes, array) != std::end(kOfShapes));
}

struct Parts {
  std::string_view version, written, everything;
};

Parts parts_of(std::string_view fingerprint) {
  constexpr std::size_t kHashes = 2 * (kDigits + 1);
  if (fingerprint.size() < kHashes) return {fingerprint, "", ""};
  const std::size_t end = fingerprint.size() - kHashes;
  return {fingerprint.substr(0, end), fingerprint.substr(end + 1, kDigits),
          fingerprint.substr(end + 2 + kDigits)};
}

}  // namespace

std::string model_fingerprint(const mjModel& model) {
  Hash written, everything;
  const mjModel* const m = &model;
  MJMODEL_POINTERS_PREAMBLE(m)
#define X(type, name, rows, columns)                                                          \
  {                                                                                           \
    const auto count = static_cast<std::size_t>(m->rows) * static_cast<std::size_t>(columns); \
    if (is_as_written(*m, #name)) written.add(#name, m->name, count);                         \
    if (!is_for_show(*m, #name)) everything.add(#name, m->name, count);                       \
  }
#ifndef XNV
#define XNV X
#endif
  MJMODEL_POINTERS
#undef X
#undef XNV
#ifdef MJOPTION_FIELDS
#define X(type, name, count) everything.add(#name, &m->opt.name, 1);
#define XVEC(type, name, count) everything.add(#name, m->opt.name, count);
  MJOPTION_FIELDS
#undef X
#undef XVEC
#else
#define X(type, name) everything.add(#name, &m->opt.name, 1);
  MJOPTION_SCALARS
#undef X
#define X(name, count) everything.add(#name, m->opt.name, count);
  MJOPTION_VECTORS
#undef X
#endif
  // Configs use these names.
  const auto add_names = [&](mjtObj type, auto count) {
    for (int i = 0; i < static_cast<int>(count); ++i) {
      const char* name = mj_id2name(m, type, i);
      const std::string_view text = name == nullptr ? "" : name;
      written.add(text);
      written.add(i);
    }
  };
  add_names(mjOBJ_BODY, m->nbody);
  add_names(mjOBJ_JOINT, m->njnt);
  add_names(mjOBJ_SENSOR, m->nsensor);
  add_names(mjOBJ_KEY, m->nkey);
  written.add("timestep", &m->opt.timestep, 1);
  written.add("gravity", m->opt.gravity, 3);
  everything.add(written.text());
  everything.add("njmax", &m->njmax, 1);  // contacts beyond it break an episode
  everything.add("nconmax", &m->nconmax, 1);
  return fmt::format("{}-{}-{}", mj_versionString(), written.text(), everything.text());
}

bool same_model(std::string_view a, std::string_view b) {
  const Parts first = parts_of(a), second = parts_of(b);
  return first.version == second.version ? a == b : first.written == second.written;
}

bool is_fingerprint_of_files(std::string_view fingerprint) {
  return fingerprint.size() == kDigits &&
         fingerprint.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace seqrl
