// Writers of collections, in D4RL's and in Minari's layout.
#pragma once

#include <filesystem>

#include "agents/collection/collection.h"

namespace seqrl {

// D4RL's v2 layout: observations, next_observations, actions, rewards, terminals, timeouts,
// infos/{qpos, qvel, action_log_probs}, and metadata: the texts, env, seed, mujoco_version, and
// policy/… for weights; env_config, if the env is more than a name; action_choices, the number of
// choices, if actions are choices. gzip.
void write_d4rl(const Collection& collection, const std::filesystem::path& file);
// A missing folder is an Error of kind user; so is, unless `overwrite`, an existing file.
void require_d4rl_output(const std::filesystem::path& file, bool overwrite);

// Minari's layout of version 0.4: FOLDER/data/{main_data.hdf5, metadata.json}, one group per
// episode. Its identifier is minari_id() of the folder. The dataset appears atomically; with
// `overwrite` it replaces an existing one in the same step.
void write_minari(const Collection& collection, const std::filesystem::path& folder,
                  bool overwrite);
// The folder must be named like medium-v0 and be new or, with `overwrite`, a Minari dataset: an
// Error of kind user otherwise.
void require_minari_output(const std::filesystem::path& folder, bool overwrite);

}  // namespace seqrl
