#include "agents/collection/check_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <vector>

#include "agents/datasets/d4rl.h"
#include "agents/datasets/states.h"
#include "configs/base/error.h"
#include "configs/base/shell.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "configs/schema/plugin.h"
#include "configs/schema/tree.h"
#include "envs/env_config.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

// Replays one episode and returns its part of the result.
CheckResult check_episode(const Trajectories& data, const RecordedStates& states,
                          const Episode& episode, const EnvSection& section) {
  const std::unique_ptr<Env> env = make_env(section);
  auto& mujoco = dynamic_cast<MujocoEnv&>(*env);
  const auto dim = static_cast<std::size_t>(data.observation_dim());
  const auto row = [](auto values, std::int64_t index, std::int64_t width) {
    return values.subspan(static_cast<std::size_t>(index * width), static_cast<std::size_t>(width));
  };
  CheckResult result{.episodes = 1};
  std::vector<double> observation(dim), action(static_cast<std::size_t>(data.action_dim()));
  const auto compare = [&](std::span<const float> recorded) {
    for (std::size_t i = 0; i < dim; ++i) {
      const double ours = static_cast<double>(static_cast<float>(observation[i]));
      result.observation_deviation =
          std::max(result.observation_deviation, std::abs(ours - static_cast<double>(recorded[i])));
    }
  };
  mujoco.start_again(row(states.qpos.values(), episode.begin, states.position_dim),
                     row(states.qvel.values(), episode.begin, states.velocity_dim), observation);
  compare(row(data.observations(), episode.begin, data.observation_dim()));
  const std::int64_t end = episode.begin + episode.length;
  for (std::int64_t i = episode.begin; i < end; ++i) {
    std::ranges::copy(row(data.actions(), i, data.action_dim()), action.begin());
    const StepOutcome outcome = mujoco.step(action, observation);
    ++result.steps;
    const bool ended = i + 1 == end && episode.end == EndKind::terminated;
    if (outcome.invalid || outcome.terminated != ended) {
      ++result.termination_mismatches;
      return result;
    }
    compare(row(data.next_observations(), i, data.observation_dim()));
    const double reward = static_cast<double>(static_cast<float>(outcome.reward));
    const double recorded = static_cast<double>(data.rewards()[static_cast<std::size_t>(i)]);
    result.reward_deviation = std::max(result.reward_deviation, std::abs(reward - recorded));
    if (outcome.truncated && i + 1 < end) {
      result.notes.push_back(fmt::format("an episode continues after step {}, the time limit",
                                         mujoco.max_episode_steps()));
      return result;
    }
  }
  return result;
}

// Rejects a file if its environment comes from plugins that were not loaded, naming them.
void require_plugins(const std::string& file, const std::string& env_config) {
  const Tree tree = parse_yaml(env_config, file + " (its env_config)");
  const Tree* env = tree.find("env");
  const Tree* plugins = tree.find("plugins");
  if (env == nullptr || plugins == nullptr) return;
  const Tree* kind = env->kind == Tree::Kind::map ? env->find("kind") : env;
  if (kind == nullptr || EnvSection().table().find(kind->text) != nullptr) return;
  std::vector<std::string> names;
  for (const Tree& plugin : plugins->items) names.push_back(plugin.text);
  SEQRL_REQUIRE(names.empty(),
                "{}: its environment '{}' comes from a plug-in, and a dataset cannot load code; if "
                "you trust it, give {}",
                file, one_line(kind->text), shell_quoted(plugins_setting(names)));
}

// The environment stated by a file, or that of `given`, after `settings`.
EnvSection env_of(const std::string& file, const RecordedStates& states, const Trajectories& data,
                  const std::optional<std::string>& given,
                  const std::vector<std::string>& settings) {
  const EnvConfig with_builtin_envs;
  std::vector<std::string> overrides = {"plugins=[]"};
  overrides.insert(overrides.end(), settings.begin(), settings.end());
  const auto read = [&](const std::string& env_config, const std::string& origin) {
    return read_config_text<EnvConfig>(env_config, origin, overrides).env;
  };
  const auto names_env = [](const std::string& text) { return text.starts_with("env="); };
  if (given) return read(*given, "seqrl check");
  if (std::ranges::any_of(settings, names_env)) return read("{}", "seqrl check");
  if (!states.env_config.empty()) {
    require_plugins(file, states.env_config);
    return read(states.env_config, file + " (its env_config)");
  }
  make_env(data.source().env);  // throws the reason why the name is unknown
  return read("env: " + data.source().env, "seqrl check");
}

}  // namespace

CheckResult check_dataset(const std::filesystem::path& file, ThreadPool& pool,
                          const std::optional<std::string>& given,
                          const std::vector<std::string>& settings,
                          const ProgressMonitor& monitor) {
  const RecordedStates states = load_states(file);
  const Trajectories data =
      load_d4rl(file, {.keep_next_observations = true, .keep_cut_episodes = true});
  const EnvSection section = env_of(file.string(), states, data, given, settings);
  const std::unique_ptr<Env> env = make_env(section);
  const std::string name = title_of(section);
  const auto* mujoco = dynamic_cast<const MujocoEnv*>(env.get());
  SEQRL_REQUIRE(mujoco, "{}: {} is not simulated by MuJoCo: its states cannot be set",
                file.string(), name);
  SEQRL_REQUIRE(states.rows == data.transitions() + data.source().unused_rows &&
                    states.position_dim == std::ssize(mujoco->qpos()) &&
                    states.velocity_dim == std::ssize(mujoco->qvel()) &&
                    data.observation_dim() == mujoco->observation_space().dim() &&
                    data.action_dim() == mujoco->action_space().dim(),
                "{}: its states, observations or actions do not have the sizes of {}",
                file.string(), name);
  std::vector<CheckResult> parts(data.episodes().size());
  std::atomic<std::int64_t> checked{0};  // episodes
  pool.run(static_cast<int>(parts.size()), [&](int i) {
    if (monitor.stopped()) return;
    const auto at = static_cast<std::size_t>(i);
    parts[at] = check_episode(data, states, data.episodes()[at], section);
    monitor.advance(++checked, std::ssize(parts), "episodes");
  });
  if (monitor.stopped()) fail("interrupted; {} was only partly checked", file.string());
  CheckResult all{.env = name};
  for (const CheckResult& part : parts) {
    all.episodes += part.episodes;
    all.steps += part.steps;
    all.observation_deviation = std::max(all.observation_deviation, part.observation_deviation);
    all.reward_deviation = std::max(all.reward_deviation, part.reward_deviation);
    all.termination_mismatches += part.termination_mismatches;
    if (all.notes.empty()) all.notes = part.notes;
  }
  if (!states.mujoco_version.empty() && states.mujoco_version != mujoco_version()) {
    all.notes.push_back(fmt::format("recorded under MuJoCo {}, replayed under {}",
                                    states.mujoco_version, mujoco_version()));
  }
  return all;
}

}  // namespace seqrl
