#include "agents/policies/actor.h"

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <tuple>

#include "agents/datasets/scores.h"
#include "agents/evaluation/evaluation.h"
#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "envs/env_facts.h"
#include "tools/python/bindings.h"

namespace seqrl::tools {
namespace {

namespace py = pybind11;

// An Actor, and whether it acts in one environment or in a batch of them.
class PythonActor {
 public:
  PythonActor(const std::filesystem::path& name, std::optional<std::int64_t> environments,
              const std::string& mode, const std::optional<std::string>& checkpoint,
              const std::vector<std::string>& plugins)
      : actor_(name.string(), environments.value_or(1), act_mode(mode),
               checkpoint_choice(checkpoint.value_or("")), plugins),
        batched_(environments) {}

  void reset(std::optional<double> target_return, const py::object& where) {
    const std::lock_guard guard(mutex_);
    if (where.is_none()) return actor_.reset(target_return);
    const NumpyArray<double> mask = to_numbers(where, "where", {actor_.environments()});
    for (std::int64_t i = 0; i < actor_.environments(); ++i) {
      if (mask.at(i) != 0) actor_.reset_one(i, target_return);
    }
  }

  // float32, as the networks compute; a torch tensor if one was given.
  py::object act(const py::object& observation, const py::object& reward) {
    const auto observations =
        to_numbers(observation, "the observation", shape(actor_.observation_dim()));
    std::vector<double> rewards(static_cast<std::size_t>(actor_.environments()));
    if (!reward.is_none()) {
      const auto given = to_numbers(reward, "the reward", shape());
      rewards.assign(given.data(), given.data() + given.size());
    }
    py::array_t<float> result(shape(actor_.action_dim()));
    act_unlocked(values_of(observations), rewards, !reward.is_none(), result.mutable_data());
    return is_of_torch(observation) ? py::module_::import("torch").attr("from_dlpack")(result)
                                    : py::object(result);
  }

  const Actor& actor() const { return actor_; }
  const RunConfig& config() const { return actor_.trained().config; }

 private:
  // (environments, rest…), or (rest…) without a batch.
  template <typename... Rest>
  std::vector<py::ssize_t> shape(Rest... rest) const {
    std::vector<py::ssize_t> dims;
    if (batched_) dims.push_back(actor_.environments());
    (dims.push_back(rest), ...);
    return dims;
  }

  static bool is_of_torch(const py::object& given) {
    const py::object module = py::type::of(given).attr("__module__");
    return py::isinstance<py::str>(module) && module.cast<std::string>() == "torch";
  }

  // Without the interpreter's lock; another thread's call waits.
  void act_unlocked(std::span<const double> observations, std::span<const double> rewards,
                    bool has_rewards, float* actions) {
    const py::gil_scoped_release release;
    const std::lock_guard guard(mutex_);
    SEQRL_REQUIRE(has_rewards || !actor_.needs_rewards(),
                  "act needs a reward after an episode's first time step: that of its last action");
    const auto chosen = actor_.act(observations, rewards);
    std::ranges::transform(chosen, actions, [](double x) { return static_cast<float>(x); });
  }

  Actor actor_;
  bool batched_;
  std::mutex mutex_;
};

std::string gymnasium_id(const PythonActor& actor) {
  const std::string name = title_of(actor.config().env);
  const EnvFacts* facts = env_facts(name);
  if (facts != nullptr) return facts->gymnasium_id;
  return is_gymnasium_id(name) ? name : "";
}

// An episode that was played in Python: its return, its length, whether it is valid, and whether it
// solved its task.
using Played = std::tuple<double, std::int64_t, bool, std::optional<bool>>;

// The episodes of a mode and a target.
using PlayedGroup = std::tuple<std::string, std::optional<double>, std::vector<Played>>;

// Their summary, in the format of `seqrl eval --json`.
std::string summary(const PythonActor& actor, const std::string& env, const std::string& versions,
                    const std::vector<PlayedGroup>& groups, double seconds) {
  Evaluation evaluation{.env = env,
                        .mujoco_version = {},
                        .env_versions = versions,
                        .modes = {},
                        .has_memory = actor.actor().trained().agent->has_memory()};
  for (const auto& [mode, target, played] : groups) {
    std::vector<EpisodeResult> results;
    for (const auto& [total, length, valid, success] : played) {
      results.push_back({.target = target,
                         .seed = 0,
                         .total = total,
                         .length = length,
                         .valid = valid,
                         .success = success});
      evaluation.steps += length;
    }
    evaluation.targets.push_back(
        TargetResult::of(act_mode(mode), target, results, reference_returns(env)));
    if (std::ranges::find(evaluation.modes, act_mode(mode)) == evaluation.modes.end()) {
      evaluation.modes.push_back(act_mode(mode));
    }
  }
  evaluation.steps_per_second = static_cast<double>(evaluation.steps) / seconds;
  return to_json(evaluation).dump();
}

}  // namespace

void bind_actor(py::module_& module) {
  py::class_<PythonActor>(module, "Actor",
                          R"(A trained agent that acts in the caller's environments, on the CPU.

Args:
    name (str, os.PathLike or Run): a run's folder, a checkpoint file, a folder written by `seqrl export`, or a shipped
        policy such as "hopper-expert".
    environments (int, optional): None for one environment; n >= 1 for a batch of n environments,
        whose arrays have a leading dimension n.
    mode (str): "stream" carries the backbone's state, "window" recomputes the context window for
        every action.
    checkpoint (str, optional): "last" or "best", if `name` is a folder that has it. Default: the
        last checkpoint of a run, the model of an exported folder.
    plugins (list of str): shared libraries to load instead of those that the run names. They are
        code: libraries that only a checkpoint names are never loaded.

Raises:
    UserError: there is no such agent, or an argument is invalid.

Attributes:
    observation_dim (int): the size of an observation.
    action_dim (int): the size of an action.

Example:
    actor = seqrl.Actor("runs/hopper-min_gru")
    actor.reset(3600)                         # the target return
    action = actor.act(observation)           # the first action of the episode
    action = actor.act(observation, reward)   # the following ones

Several threads may act at the same time, each with its own actor.)")
      .def(py::init<std::filesystem::path, std::optional<std::int64_t>, std::string,
                    std::optional<std::string>, std::vector<std::string>>(),
           py::arg("name"), py::arg("environments") = py::none(), py::arg("mode") = "stream",
           py::arg("checkpoint") = py::none(), py::arg("plugins") = std::vector<std::string>())
      .def("reset", &PythonActor::reset, py::arg("target_return") = py::none(),
           py::arg("where") = py::none(),
           R"(Starts a new episode in all environments, or in those that a mask selects.

Args:
    target_return (float, optional): the target return, in the environment's units. Default: the
        first one of the agent's config. Agents that are not conditioned on a return ignore it.
    where (array of bool, optional): a mask, (environments,), also for a single environment.

Raises:
    UserError: the target is not finite, the config has none, or the mask has another shape.)")
      .def("act", &PythonActor::act, py::arg("observation"), py::arg("reward") = py::none(),
           R"(Returns the next action of each environment.

Args:
    observation (array): (observation_dim,), or (environments, observation_dim) for a batch, as the
        environment returns it: a numpy array, a list, or an object that supports DLPack, such as a
        torch tensor on the CPU without a gradient.
    reward (float or array, optional): the reward of the previous action, or (environments,) for a
        batch. Agents with targets need it, except for the first time step of an episode, where it
        is ignored. Other agents ignore it.

Returns:
    numpy.ndarray or torch.Tensor: float32, (action_dim,) or (environments, action_dim), in the
    environment's units. A tensor if the observation is one. For discrete actions see
    action_choices.

Raises:
    UserError: a shape is wrong, a number is not finite, a reward is missing, an environment has no
        episode yet, or an episode is longer than the agent supports. The actor is unchanged.)")
      .def("_summary", summary, py::arg("env"), py::arg("versions"), py::arg("groups"),
           py::arg("seconds"))
      .def_property_readonly("_evaluation",
                             [](const PythonActor& a) {
                               const EvaluationConfig& config = a.config().evaluation;
                               const bool has_memory = a.actor().trained().agent->has_memory();
                               return py::make_tuple(
                                   config.episodes, config.seed,
                                   has_memory ? config.mode : std::vector<std::string>{"stream"});
                             })
      .def_property_readonly("observation_dim",
                             [](const PythonActor& a) { return a.actor().observation_dim(); })
      .def_property_readonly("action_dim",
                             [](const PythonActor& a) { return a.actor().action_dim(); })
      .def_property_readonly(
          "action_choices", [](const PythonActor& a) { return a.actor().action_choices(); },
          "int: n if the actions are discrete, 0 otherwise. A discrete action is one number, the "
          "index 0 … n-1 of a choice: int(action[0]).")
      .def_property_readonly(
          "env", [](const PythonActor& a) { return title_of(a.config().env); },
          "str: the name of the environment that it was trained for.")
      .def_property_readonly("gymnasium_id", gymnasium_id,
                             "str: the Gymnasium id of that environment, \"\" if it has none.")
      .def_property_readonly(
          "uses_targets",
          [](const PythonActor& a) { return a.actor().trained().agent->uses_targets(); },
          "bool: whether the agent is conditioned on a target return.")
      .def_property_readonly(
          "targets", [](const PythonActor& a) { return a.config().evaluation.targets; },
          "list[float]: the target returns of its config.")
      .def_property_readonly(
          "config", [](const PythonActor& a) { return print_config(a.config()); },
          "str: the config of its run, as YAML.");

  module.def(
      "normalized_score",
      [](const std::string& env, double episode_return) -> std::optional<double> {
        const auto reference = reference_returns(env);
        if (!reference) return std::nullopt;
        return reference->normalized(episode_return);
      },
      py::arg("env"), py::arg("episode_return"),
      R"(Returns D4RL's normalized score: 0 for a random policy's return, 100 for an expert's.

Args:
    env (str): an environment's name or Gymnasium id, or the name of a task of D4RL: "hopper",
        "Hopper-v4", "door".
    episode_return (float): the undiscounted return of an episode, or a mean of returns.

Returns:
    float or None: the score; None if D4RL has no reference returns for the environment.)");
}

}  // namespace seqrl::tools
