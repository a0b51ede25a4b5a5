// A recording holds episodes of another implementation; a check replays them in our environment.
//
// A recording is JSON: "env", "mujoco_version", "frame_skip", "dt" (seconds per step), "model" (the
// compiled constants, see MujocoModel::constants) and "episodes". Each episode has its initial
// "qpos", "qvel" and observation "obs0", and "steps": "action", and after it "obs", "reward",
// "terminated".
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "envs/env_options.h"
#include "envs/mujoco/mujoco_env.h"

namespace seqrl {

struct RecordedStep {
  std::vector<double> action;       // (action_dim)
  std::vector<double> observation;  // (observation_dim), after the action
  double reward = 0;
  bool terminated = false;
};

struct RecordedEpisode {
  std::vector<double> qpos, qvel;         // (nq), (nv)
  std::vector<double> start_observation;  // (observation_dim)
  std::vector<RecordedStep> steps;
};

struct Recording {
  std::string env;
  std::string mujoco_version;  // "2.2.2"
  nlohmann::json model;
  std::vector<RecordedEpisode> episodes;
};

struct CheckResult {
  std::string env;
  int episodes = 0;
  std::int64_t steps = 0;            // replayed and compared
  double observation_deviation = 0;  // the largest absolute difference, over all episodes
  double reward_deviation = 0;
  int termination_mismatches = 0;  // an episode stops at its first
  std::vector<std::string> notes;  // possible explanations of a deviation, one line each

  // All deviations are within `tolerance` and every termination matches.
  bool within(double tolerance) const;
};

// A file that is not JSON, lacks a key, has a wrong size or type, or a number that is not finite,
// is an Error of kind user that names the file and the position in it.
Recording read_recording(const std::filesystem::path& path);

// Replays a recording in our environment of the same name, or in the given one. A broken simulation
// counts as a mismatch.
CheckResult check_recording(const std::filesystem::path& path,
                            const std::optional<EnvSection>& env = std::nullopt);

// {"env", "episodes", "steps", "observation_deviation", "reward_deviation",
// "termination_mismatches"}.
nlohmann::ordered_json to_json(const CheckResult& result);

// Differences between a recording's model constants and ours, as "body_mass[2]: 4.1, recorded 4",
// one line for each constant that differs by more than `tolerance`, relative to its size.
std::vector<std::string> model_differences(const nlohmann::json& recorded, const MujocoModel& ours,
                                           double tolerance = 1e-12);

}  // namespace seqrl
