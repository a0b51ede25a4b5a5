// The base of all MuJoCo environments. Does not include MuJoCo's headers.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "configs/base/random.h"
#include "envs/env.h"
#include "envs/mujoco/mujoco_model.h"

namespace seqrl {

// The differences between MuJoCo environments, besides their four hooks.
struct MujocoDescription {
  std::string name;
  std::string_view mjcf;                               // text of the model
  std::shared_ptr<const MujocoModel> model = nullptr;  // or the model itself
  int keyframe = -1;   // of the model, where episodes start; -1 = its initial state
  int frame_skip = 1;  // MuJoCo steps per environment step
  int observation_dim = 0;
  int max_episode_steps = 1000;
  // Update bodies and sensors to the state after a step, at the cost of one more evaluation of the
  // dynamics. Gymnasium leaves them as of MuJoCo's last step but one.
  bool refresh = false;
};

// Actions are the model's controls, bounded by its ctrlrange; observations are unbounded. A step
// allocates nothing. Errors inside MuJoCo are Errors of kind failure.
//
// If a state cannot be continued (NaN, beyond 1e10, singular inertia, full buffers), MuJoCo warns
// and usually resets silently. Here the result is StepOutcome::invalid.
class MujocoEnv : public Env {
 public:
  ~MujocoEnv() override;

  const std::string& name() const final { return name_; }
  const Space& observation_space() const final { return observation_space_; }
  const Space& action_space() const final { return action_space_; }
  int max_episode_steps() const final { return max_episode_steps_; }

  void reset(std::uint64_t seed, std::span<double> observation) final;
  StepOutcome step(std::span<const double> action, std::span<double> observation) final;

  // Starts an episode at a given state, as for a recording: qpos (nq), qvel (nv), both finite. The
  // rest, such as activations, is as after reset().
  void set_state(std::span<const double> qpos, std::span<const double> qvel,
                 std::span<double> observation);

  // Restarts, bit for bit, the episode whose first qpos and qvel these were. MuJoCo normalises
  // quaternions in place, which changes many already normalised ones by an ulp, and computes the
  // solver's start from them. After set_state(), which follows Gymnasium, the start can therefore
  // differ from the reset that produced these values. With this function it differs for about one
  // quaternion in 5,000.
  void start_again(std::span<const double> qpos, std::span<const double> qvel,
                   std::span<double> observation);

  std::span<const double> qpos() const;  // (nq), positions in metres and radians
  std::span<const double> qvel() const;  // (nv), velocities per second
  int frame_skip() const { return frame_skip_; }
  double step_seconds() const { return frame_skip_ * model_->timestep(); }

  const MujocoModel& model() const { return *model_; }
  const mjData_* data() const { return data_; }  // for a renderer
  mjData_* data() { return data_; }              // for a user's pull, between steps

 protected:
  explicit MujocoEnv(const MujocoDescription& description);

  // Draws a start state into qpos, qvel. On entry they hold the keyframe's state, or the model's
  // initial state (velocity zero).
  virtual void draw_start(Random& random, std::span<double> qpos, std::span<double> qvel) const = 0;

  // Called before a step is simulated, to save values that the reward compares with.
  virtual void begin_step() {}

  // Called after it: returns the step's reward and whether the episode terminates. `action` is
  // clipped.
  virtual StepOutcome evaluate_step(std::span<const double> action) const = 0;

  // Writes the observation (observation_dim) of the current state.
  virtual void observe(std::span<double> observation) const = 0;

  // The position of a body's frame, (3), as of MuJoCo's last kinematics.
  std::span<const double> body_position(int body) const;

 private:
  enum class Phase { before_reset, running, done };

  void begin_episode();
  void start_episode(std::span<double> observation);
  void require_size(const char* what, std::size_t size, std::size_t expected) const;
  void set_controls(std::span<const double> action);
  bool simulate();  // false when the simulation broke

  std::string name_;
  Space observation_space_, action_space_;
  int keyframe_, frame_skip_, max_episode_steps_;
  bool refresh_;
  std::shared_ptr<const MujocoModel> model_;
  mjData_* data_ = nullptr;
  Phase phase_ = Phase::before_reset;
  int steps_ = 0;  // of this episode
};

}  // namespace seqrl
