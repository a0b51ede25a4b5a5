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
    SEQRL_REQUIRE(mujoco, "{} is no MuJoCo environment", env_->name());
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
  py::class_<PythonEnv>(module, "Env", "One of seqrl's environments, by name: \"hopper\".")
      .def(py::init<std::string>(), py::arg("name"))
      .def("reset", &PythonEnv::reset, py::arg("seed"), "Start an episode → observation.")
      .def("step", &PythonEnv::step, py::arg("action"),
           "→ observation, reward, terminated, truncated, invalid (the simulation broke).")
      .def("state", &PythonEnv::state, "→ qpos, qvel of the simulation.")
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
      "The seed that makes an Env start like the episode of that number of 'seqrl eval seed=…'.");
}

}  // namespace seqrl::tools
