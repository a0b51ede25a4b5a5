#include "envs/mujoco/model_check.h"

#include <fmt/format.h>
#include <mujoco/mujoco.h>

#include <cmath>
#include <cstddef>
#include <span>

namespace seqrl {
namespace {

template <typename Bad>
std::optional<std::string> first(const char* name, std::span<const mjtNum> numbers, Bad bad) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (bad(numbers[i])) return fmt::format("its {}[{}] is {}", name, i, numbers[i]);
  }
  return std::nullopt;
}

std::span<const mjtNum> row(const mjtNum* numbers, int index, auto columns) {
  const auto count = static_cast<std::size_t>(columns);
  return {numbers + static_cast<std::size_t>(index) * count, count};
}

}  // namespace

std::optional<std::string> model_fault(const mjModel& model) {
  const mjModel* const m = &model;
  if (!(m->opt.timestep > 0) || std::isinf(m->opt.timestep)) {
    return fmt::format("its timestep is {}; it must be positive", m->opt.timestep);
  }
  const auto is_nan = [](mjtNum number) { return std::isnan(number); };
  std::optional<std::string> fault = first("gravity", m->opt.gravity, is_nan);
#define SEQRL_NUMBERS(field, rows, columns) \
  if (!fault) fault = first(#field, row(m->field, 0, m->rows * columns), is_nan)
  SEQRL_NUMBERS(qpos0, nq, 1);
  SEQRL_NUMBERS(body_mass, nbody, 1);
  SEQRL_NUMBERS(body_inertia, nbody, 3);
  SEQRL_NUMBERS(body_pos, nbody, 3);
  SEQRL_NUMBERS(body_quat, nbody, 4);
  SEQRL_NUMBERS(body_ipos, nbody, 3);
  SEQRL_NUMBERS(jnt_pos, njnt, 3);
  SEQRL_NUMBERS(jnt_axis, njnt, 3);
  SEQRL_NUMBERS(jnt_range, njnt, 2);
  SEQRL_NUMBERS(jnt_stiffness, njnt, 1);
  SEQRL_NUMBERS(dof_damping, nv, 1);
  SEQRL_NUMBERS(dof_armature, nv, 1);
  SEQRL_NUMBERS(dof_frictionloss, nv, 1);
  SEQRL_NUMBERS(geom_pos, ngeom, 3);
  SEQRL_NUMBERS(geom_quat, ngeom, 4);
  SEQRL_NUMBERS(geom_size, ngeom, 3);
  SEQRL_NUMBERS(geom_friction, ngeom, 3);
  SEQRL_NUMBERS(actuator_ctrlrange, nu, 2);
#undef SEQRL_NUMBERS
  return fault;
}

std::optional<std::string> keyframe_fault(const mjModel& model, int index) {
  const auto is_bad = [](mjtNum number) { return mju_isBad(number) != 0; };
  std::optional<std::string> fault = first("qpos", row(model.key_qpos, index, model.nq), is_bad);
  if (!fault) fault = first("qvel", row(model.key_qvel, index, model.nv), is_bad);
  if (!fault) fault = first("act", row(model.key_act, index, model.na), is_bad);
  if (!fault) fault = first("ctrl", row(model.key_ctrl, index, model.nu), is_bad);
  return fault;
}

}  // namespace seqrl
