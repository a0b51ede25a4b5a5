// Facts about an environment besides its steps: its ids in Gymnasium, reference returns, usual
// target returns. Code that needs such a fact looks it up here by the environment's name; no layer
// above keeps a table of names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seqrl {

// The returns that score 0 and 100.
struct ReferenceReturns {
  double random, expert;

  // 100 · (episode_return − random) / (expert − random).
  double normalized(double episode_return) const {
    return 100.0 * (episode_return - random) / (expert - random);
  }
};

// Each fact may be omitted. If `gymnasium_id` is given, configs accept it as the environment's
// name: `env: Hopper-v4` is `env: hopper`. A newer version of a robot is a separate environment
// with its own id:
//   add_builtin("hopper_v5", "Gymnasium's Hopper-v5", make_hopper_v5,
//               {.gymnasium_id = "Hopper-v5",
//                .entry_point = "gymnasium.envs.mujoco.hopper_v5:HopperEnv",
//                .hidden_positions = 1});
struct EnvFacts {
  // The id of the same environment in Gymnasium, and the ids of older, identical versions.
  std::string gymnasium_id = {};
  std::vector<std::string> same_ids = {};
  // Gymnasium's class, "module:Class", for the metadata of datasets.
  std::string entry_point = {};
  // Gymnasium's id of the environment with the same steps but other observations; "" for none.
  std::string variant_of = {};
  // How Gymnasium's next version of `gymnasium_id` differs: the end of the sentence "in v5 …". ""
  // if it does not, or if nothing is known.
  std::string next_version = {};

  // The returns that define D4RL's score. Only for the versions that D4RL measured: v4 and older.
  // Source: Fu et al., "D4RL", arXiv 2004.07219, and its reference returns.
  std::optional<ReferenceReturns> d4rl = {};
  // The target returns that papers use; without them a run takes the data's best and median.
  // Source: the code of the Decision Transformer (arXiv 2106.01345) and of CORL (arXiv 2210.07105).
  std::vector<double> targets = {};

  // How many leading entries of qpos the observation omits, if it is the rest of qpos, then all of
  // qvel. Empty for other observations: data is then not checked by simulation.
  std::optional<int> hidden_positions = {};
};

// The facts of a registered environment, by its name or its Gymnasium id, or of a name that only
// D4RL's data uses ("door", "maze2d_umaze"). nullptr for any other name. Thread-safe; the result
// stays valid.
const EnvFacts* env_facts(std::string_view name);

// The registered environment for Gymnasium's `id` ("Hopper-v3": "hopper"), or "".
std::string env_of_gymnasium_id(std::string_view id);

// Whether `text` is spelt like a Gymnasium id: "Hopper-v5", "minigrid/DoorKey-v0".
bool is_gymnasium_id(std::string_view text);

// Facts for names in D4RL's data that are not built-in environments. nullptr for any other name.
const EnvFacts* d4rl_task_facts(std::string_view name);

}  // namespace seqrl
