// Datasets as others read them.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "agents/collection/behavior_policy.h"
#include "agents/collection/record.h"
#include "envs/env_config.h"

namespace seqrl {

// A record and where it comes from.
struct Collection {
  EnvConfig env_config;
  std::uint64_t seed = 0;
  Record record = {};
  std::vector<std::pair<std::string, std::string>> texts = {};  // of the metadata, by name

  // A policy's weights in the metadata.
  struct Weights {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<float> values;
  };
  std::vector<Weights> weights = {};

  // Adds what is to be known of who played; several, where several did.
  void add_policy(const BehaviorPolicy& behavior, bool deterministic);
};

// D4RL's v2 layout: observations, next_observations, actions, rewards, terminals, timeouts,
// infos/{qpos, qvel, action_log_probs}, and metadata: the texts, env, seed, mujoco_version, and
// policy/… for weights; where the env is more than a name, env_config. gzip.
void write_d4rl(const Collection& collection, const std::filesystem::path& file);
// A folder that is not there is an Error of kind user; so is, unless `overwrite`, a file that is.
void require_d4rl_output(const std::filesystem::path& file, bool overwrite);

// Minari's layout of version 0.4: FOLDER/data/{main_data.hdf5, metadata.json}, a group an episode.
// Its identifier is minari_id() of the folder. The dataset appears whole; with `overwrite` it takes
// the place of one that is there in the same step.
void write_minari(const Collection& collection, const std::filesystem::path& folder,
                  bool overwrite);
// The folder must be named like medium-v0 and be new or, to `overwrite` it, a Minari dataset: an
// Error of kind user otherwise.
void require_minari_output(const std::filesystem::path& folder, bool overwrite);

}  // namespace seqrl
