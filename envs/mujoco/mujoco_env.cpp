#include "envs/mujoco/mujoco_env.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "configs/base/error.h"

namespace seqrl {
namespace {

// The warnings after which the state no longer follows from the physics.
constexpr int kBreaking[] = {mjWARN_INERTIA, mjWARN_CONTACTFULL, mjWARN_CNSTRFULL, mjWARN_BADQPOS,
                             mjWARN_BADQVEL, mjWARN_BADQACC,     mjWARN_BADCTRL};

bool warned(const mjData* data) {
  return std::ranges::any_of(kBreaking, [&](int i) { return data->warning[i].number > 0; });
}

bool sane(std::span<const double> values) {
  return std::ranges::none_of(values, [](double x) { return mju_isBad(x) != 0; });
}

// Replaces a quaternion (4) by a longer one that MuJoCo normalises to it, bit for bit. Rounding
// decides which lengths work: a few tries find one.
void unnormalise(double* quaternion) {
  constexpr int kTries = 10000;  // if none works, it is unchanged
  for (int i = 1; i < kTries; ++i) {
    double longer[4], normalised[4];
    for (int k = 0; k < 4; ++k) longer[k] = normalised[k] = quaternion[k] * (1 + 1e-4 * i);
    mju_normalize4(normalised);
    if (!std::equal(normalised, normalised + 4, quaternion)) continue;
    std::ranges::copy(longer, quaternion);
    return;
  }
}

Space control_space(const mjModel* model) {
  Space space = Space::unbounded(static_cast<int>(model->nu));
  for (std::size_t i = 0; i < space.low.size(); ++i) {
    if (!model->actuator_ctrllimited[i]) continue;
    space.low[i] = model->actuator_ctrlrange[2 * i];
    space.high[i] = model->actuator_ctrlrange[2 * i + 1];
  }
  return space;
}

}  // namespace

MujocoEnv::MujocoEnv(const MujocoDescription& description)
    : name_(description.name),
      observation_space_(Space::unbounded(description.observation_dim)),
      keyframe_(description.keyframe),
      frame_skip_(description.frame_skip),
      max_episode_steps_(description.max_episode_steps),
      refresh_(description.refresh),
      model_(description.model) {
  SEQRL_REQUIRE(frame_skip_ > 0, "frame_skip of {} must be positive, got {}", name_, frame_skip_);
  SEQRL_REQUIRE(description.observation_dim > 0, "observation_dim of {} must be positive, got {}",
                name_, description.observation_dim);
  SEQRL_REQUIRE(max_episode_steps_ > 0, "max_episode_steps of {} must be positive, got {}", name_,
                max_episode_steps_);
  if (!model_) model_ = MujocoModel::compile(name_, description.mjcf);
  SEQRL_REQUIRE(keyframe_ < model_->get()->nkey, "{} has no keyframe {}: its model has {}", name_,
                keyframe_, model_->get()->nkey);
  action_space_ = control_space(model_->get());
  const MujocoCall call;
  try {
    data_ = mj_makeData(model_->get());
  } catch (const Error&) {  // or nothing comes back
  }
  if (!data_) fail("there is not enough memory for MuJoCo to simulate {}", name_);
}

MujocoEnv::~MujocoEnv() {
  mj_deleteData(data_);
}

std::span<const double> MujocoEnv::qpos() const {
  return {data_->qpos, static_cast<std::size_t>(model_->position_dim())};
}

std::span<const double> MujocoEnv::qvel() const {
  return {data_->qvel, static_cast<std::size_t>(model_->velocity_dim())};
}

std::span<const double> MujocoEnv::body_position(int body) const {
  return {data_->xpos + 3 * body, 3};
}

void MujocoEnv::require_size(const char* what, std::size_t size, std::size_t expected) const {
  SEQRL_REQUIRE(size == expected, "{}: {} has {} numbers, expected {}", name_, what, size,
                expected);
}

void MujocoEnv::reset(std::uint64_t seed, std::span<double> observation) {
  require_size("the observation", observation.size(), observation_space_.low.size());
  begin_episode();
  Random random(seed, Purpose::reset);
  draw_start(random, {data_->qpos, qpos().size()}, {data_->qvel, qvel().size()});
  start_episode(observation);
}

void MujocoEnv::set_state(std::span<const double> qpos, std::span<const double> qvel,
                          std::span<double> observation) {
  require_size("the observation", observation.size(), observation_space_.low.size());
  require_size("qpos", qpos.size(), this->qpos().size());
  require_size("qvel", qvel.size(), this->qvel().size());
  SEQRL_REQUIRE(sane(qpos) && sane(qvel), "{}: a start state must be finite and below 1e10", name_);
  begin_episode();
  std::ranges::copy(qpos, data_->qpos);
  std::ranges::copy(qvel, data_->qvel);
  start_episode(observation);
}

void MujocoEnv::start_again(std::span<const double> qpos, std::span<const double> qvel,
                            std::span<double> observation) {
  set_state(qpos, qvel, observation);
  if (std::ranges::equal(qpos, this->qpos())) return;
  std::vector<double> drawn(qpos.begin(), qpos.end());
  for (int joint = 0; joint < model_->get()->njnt; ++joint) {
    const int type = model_->get()->jnt_type[joint], at = model_->get()->jnt_qposadr[joint];
    if (type == mjJNT_FREE) unnormalise(drawn.data() + at + 3);
    if (type == mjJNT_BALL) unnormalise(drawn.data() + at);
  }
  set_state(drawn, qvel, observation);
}

void MujocoEnv::begin_episode() {
  phase_ = Phase::before_reset;                           // remains if anything throws
  mj_resetDataKeyframe(model_->get(), data_, keyframe_);  // -1 is the model's initial state
}

void MujocoEnv::start_episode(std::span<double> observation) {
  const MujocoCall call;
  mj_forward(model_->get(), data_);
  steps_ = 0;
  phase_ = Phase::running;
  observe(observation);
}

void MujocoEnv::set_controls(std::span<const double> action) {
  require_size("the action", action.size(), action_space_.low.size());
  for (std::size_t i = 0; i < action.size(); ++i) {
    SEQRL_REQUIRE(std::isfinite(action[i]), "{}: action[{}] is {} at step {} of the episode", name_,
                  i, action[i], steps_);
  }
  for (std::size_t i = 0; i < action.size(); ++i) {
    data_->ctrl[i] = std::clamp(action[i], action_space_.low[i], action_space_.high[i]);
  }
}

bool MujocoEnv::simulate() {
  const MujocoCall call;
  for (int i = 0; i < frame_skip_; ++i) {
    mj_step(model_->get(), data_);
    if (warned(data_)) return false;
  }
  // MuJoCo checks a state only when it steps on from it.
  if (!sane(qpos()) || !sane(qvel())) return false;
  if (refresh_) mj_forward(model_->get(), data_);
  // As in Gymnasium: mj_step leaves body accelerations and contact forces uncomputed.
  mj_rnePostConstraint(model_->get(), data_);
  return true;
}

StepOutcome MujocoEnv::step(std::span<const double> action, std::span<double> observation) {
  SEQRL_REQUIRE(phase_ != Phase::before_reset, "{}: step before reset", name_);
  SEQRL_REQUIRE(phase_ != Phase::done, "{}: step after the episode was done; reset first", name_);
  require_size("the observation", observation.size(), observation_space_.low.size());
  set_controls(action);
  begin_step();
  phase_ = Phase::done;  // also if MuJoCo throws
  StepOutcome outcome;
  if (simulate()) {
    outcome = evaluate_step({data_->ctrl, action.size()});
    observe(observation);
    outcome.truncated = ++steps_ == max_episode_steps_ && !outcome.terminated;
  } else {
    outcome.invalid = true;
  }
  if (!outcome.done()) phase_ = Phase::running;
  return outcome;
}

}  // namespace seqrl
