// An evaluation is the result of an agent's episodes: returns and scores by mode and target.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/datasets/scores.h"
#include "agents/evaluation/episode_group.h"

namespace seqrl {

// The result of the episodes of one target in one mode. Means and standard deviations (of the
// population) are over valid episodes. They are absent if there are none; scores are also absent if
// D4RL has no reference.
struct TargetResult {
  ActMode mode;
  std::optional<double> target;
  std::int64_t episodes = 0;
  std::int64_t invalid = 0;  // the simulation broke: counted, never scored
  std::optional<double> return_mean, return_std, score_mean, score_std, length_mean;
  // The share of valid episodes that solved the task (0 to 1), if the environment reports it.
  std::optional<double> success_mean = std::nullopt;
  std::vector<double> returns;  // of the valid episodes
  // Of all episodes, in the order of their seeds; an invalid one has no return.
  std::vector<std::optional<double>> all_returns;
  std::vector<std::int64_t> lengths;

  // The summary of these completed episodes; `reference` gives the scores.
  static TargetResult of(ActMode mode, std::optional<double> target,
                         std::span<const EpisodeResult> played,
                         const std::optional<ReferenceReturns>& reference);
};

// The result of an evaluation.
struct Evaluation {
  std::string env, mujoco_version;
  std::string env_versions = {};  // of the simulator, if it is not this process
  Device device = Device::cpu;    // on which the policies acted
  std::vector<ActMode> modes;
  bool has_memory = true;       // of the agent; otherwise the mode has no effect
  std::string actions = {};     // "likely" or "sampled", or "" if they are not choices
  double steps_per_second = 0;  // environment steps of all episodes together
  std::int64_t steps = 0;
  double simulation_seconds = 0;         // spent in the environments, all threads together
  std::vector<std::string> notes = {};   // of the environments, for the user
  std::vector<TargetResult> targets;     // by mode, then in the requested order
  std::optional<NamedScale> scale = {};  // of its training data, in addition to D4RL's

  // The number that ranks checkpoints, fixed before any result is known: for the first requested
  // mode and target, the mean score, or the mean return if there is no score.
  double ranking() const;
};

// "mode" is a name, or a list of several; "modes" is always a list, empty for agents without
// memory.
nlohmann::ordered_json to_json(const Evaluation& evaluation);

// A few lines of readable text.
std::string to_text(const Evaluation& evaluation);

}  // namespace seqrl
