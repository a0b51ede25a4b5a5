#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "agents/evaluation/episode_seed.h"
#include "configs/base/error.h"
#include "envs/mujoco/mujoco_env.h"
#include "envs/registry.h"
#include "tools/python/bindings.h"

namespace seqrl::tools {
namespace {

namespace py = pybind11;

class PythonEnv {
 public:
  explicit PythonEnv(const std::string& name)
      : env_(make_env(name)),
        observation_(static_cast<std::size_t>(env_->observation_space().dim())) {}

  const Env& env() const { return *env_; }

  py::array_t<double> reset(std::uint64_t seed) {
    std::vector<double> observation(observation_.size());
    const auto reset = [&] { env_->reset(seed, observation_); };
    alone(reset, observation);
    return to_numpy(observation);
  }

  py::tuple step(const py::object& action) {
    const auto numbers = to_numbers(action, "the action", {env_->action_space().dim()});
    std::vector<double> observation(observation_.size());
    StepOutcome outcome;
    const auto step = [&] { outcome = env_->step(values_of(numbers), observation_); };
    alone(step, observation);
    return py::make_tuple(to_numpy(observation), outcome.reward, outcome.terminated,
                          outcome.truncated, outcome.invalid);
  }

  // MuJoCo's positions and velocities.
  std::pair<py::array_t<double>, py::array_t<double>> state() const {
    const auto* mujoco = dynamic_cast<const MujocoEnv*>(env_.get());
    SEQRL_REQUIRE(mujoco, "{} is not a MuJoCo environment", env_->name());
    return {to_numpy(mujoco->qpos()), to_numpy(mujoco->qvel())};
  }

 private:
  // Runs an action without the interpreter's lock, while calls from other threads wait, and stores
  // the observation.
  template <typename Call>
  void alone(Call call, std::vector<double>& observation) {
    const py::gil_scoped_release release;
    const std::lock_guard guard(mutex_);
    call();
    observation = observation_;
  }

  static py::array_t<double> to_numpy(std::span<const double> values) {
    py::array_t<double> array(static_cast<py::ssize_t>(values.size()));
    std::ranges::copy(values, array.mutable_data());
    return array;
  }

  std::unique_ptr<Env> env_;
  std::vector<double> observation_;
  std::mutex mutex_;
};

}  // namespace

void bind_env(py::module_& module) {
  py::class_<PythonEnv>(module, "Env", R"(One of seqrl's environments, played one episode at a time.

Args:
    name (str): a name or Gymnasium id: "hopper", "Hopper-v4".

Raises:
    UserError: there is no such environment.

Attributes:
    observation_dim (int): the size of an observation.
    action_dim (int): the size of an action.
    max_episode_steps (int): the number of steps after which an episode is truncated.)")
      .def(py::init<std::string>(), py::arg("name"))
      .def("reset", &PythonEnv::reset, py::arg("seed"),
           R"(Starts an episode and returns its first observation.

Args:
    seed (int): determines the start state completely; at least 0.

Returns:
    numpy.ndarray: float64, (observation_dim,).)")
      .def("step", &PythonEnv::step, py::arg("action"),
           R"(Applies an action.

Args:
    action (array): (action_dim,), in the environment's units; clipped to its bounds.

Returns:
    tuple: the next observation (float64, (observation_dim,)), the reward (float), and whether the
    episode terminated, was truncated by the time limit, or is invalid because the simulation
    failed (bool each). An invalid step has reward 0 and the previous observation.

Raises:
    UserError: the action has another shape or is not finite, or no episode is in progress.)")
      .def("state", &PythonEnv::state,
           "Returns the positions and velocities of the simulation, MuJoCo's qpos and qvel, as "
           "float64 arrays. UserError if the environment is not a MuJoCo environment.")
      .def_property_readonly("observation_dim",
                             [](const PythonEnv& e) { return e.env().observation_space().dim(); })
      .def_property_readonly("action_dim",
                             [](const PythonEnv& e) { return e.env().action_space().dim(); })
      .def_property_readonly("max_episode_steps",
                             [](const PythonEnv& e) { return e.env().max_episode_steps(); });

  module.def(
      "episode_seed",
      [](std::uint64_t seed, std::int64_t episode) {
        return episode_seed(seed, EpisodeUse::evaluation, episode);
      },
      py::arg("seed"), py::arg("episode"),
      R"(Returns the seed with which an Env starts like an episode of an evaluation.

Args:
    seed (int): the seed of the evaluation (`evaluation.seed`).
    episode (int): the number of the episode, from 0.)");
}

}  // namespace seqrl::tools
