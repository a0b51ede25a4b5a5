// Trajectories are recorded experience in memory: one contiguous block per quantity, episodes as
// ranges.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agents/datasets/buffer.h"
#include "agents/datasets/dataset_scan.h"
#include "agents/datasets/scores.h"

namespace seqrl {

// How an episode ended.
enum class EndKind : std::uint8_t {
  terminated,  // the environment ended the episode: nothing would have followed
  timeout,     // stopped from outside, by a time limit or a reset
  cut,         // the recording stops in the middle
};
std::string_view to_string(EndKind end);

// An episode is the transitions begin … begin + length − 1.
struct Episode {
  std::int64_t begin = 0;
  std::int64_t length = 0;
  EndKind end = EndKind::cut;
  double weight = 1;  // how often a window begins with one of them: twice as often as with 1
  bool operator==(const Episode&) const = default;
};

// One of several datasets that were read as one, without what was left out of it.
struct DatasetPart {
  std::string path;
  double weight = 1;
  std::int64_t episodes = 0, transitions = 0;
};

// Where a dataset came from, for reports.
struct DatasetSource {
  std::string path = {};
  std::string layout = "memory";  // "D4RL v2", "D4RL v0", "Minari"
  std::string id = {};            // Minari's identifier: "mujoco/hopper/medium-v0"
  std::string env = {};           // what its environment is called, "" when unknown
  std::string stated_env = {};    // in the data's own words; "" where only a name tells
  std::string env_config = {};    // an EnvConfig in YAML, where seqrl wrote one
  std::string env_kwargs = {};    // Gymnasium's options, JSON (as python_json.h reads it)
  // The environment to evaluate in and its options, where the data says them apart.
  std::string eval_env = {}, eval_kwargs = {};
  int env_limit = 0, eval_limit = 0;    // the time limits of both, 0 where the data does not say
  std::string observation_layout = {};  // of its parts (flat_space.h), "" where there are none
  std::vector<double> action_low = {}, action_high = {};  // the box of its actions, or none
  int action_choices = 0;  // n: an action is one number, the index 0 … n − 1 of a choice
  std::optional<ReferenceReturns> reference = {};      // D4RL's, where that is its environment
  std::optional<ReferenceReturns> own_reference = {};  // that the dataset brings itself
  std::vector<DatasetPart> parts = {};                 // where it was read from several
  std::vector<std::string> notes = {};                 // what a reader should know, a sentence each
  std::int64_t unused_rows = 0;                        // at the file's end, which were left out
};

// What a dataset says before its arrays are read.
struct DatasetHeader {
  DatasetSource source = {};
  std::int64_t observation_dim = 0;  // 0 = it does not say
};

// How episodes are read and which are kept.
struct LoadOptions {
  // Keep next_observations: takes as much memory again as the observations.
  bool keep_next_observations = false;
  // Keep episodes that the recording cut off. Their returns-to-go are too low by what was not
  // recorded, so they are left out otherwise, as CORL does with a file's tail.
  bool keep_cut_episodes = false;
  // Where a D4RL file without `timeouts` and `next_observations` splits episodes.
  std::int64_t max_episode_steps = 1000;
  // Split longer episodes after every so many steps, as timeouts; 0 = do not.
  std::int64_t split_after = 0;
  // A Python that has Minari: it converts what is not HDF5. "" = there is none.
  std::string python = {};
  // Let it fetch a Minari dataset that is not there, from Minari's remote.
  bool download = false;
  // Where a prepared copy is kept, which a second start maps (prepared_cache.h): a folder; "auto"
  // for the user's, of large files only; "off" for none.
  std::string cache = "off";
  // Whether a new one may be written to a folder that `cache` names; what is there is mapped
  // anyway.
  bool writes_to_folder = true;
};

// Arrays as they were read: row-major, a row per transition.
struct TransitionArrays {
  std::int64_t observation_dim = 0, action_dim = 0;
  Buffer<float> observations;       // [transitions, observation_dim]
  Buffer<float> actions;            // [transitions, action_dim]
  Buffer<float> rewards;            // [transitions]
  Buffer<float> next_observations;  // [transitions, observation_dim], or empty
  Buffer<float> returns_to_go;      // [transitions], room for what Trajectories computes, or empty

  // Keeps the first `rows` transitions.
  void truncate(std::int64_t rows) {
    observations.truncate(static_cast<std::size_t>(rows * observation_dim));
    actions.truncate(static_cast<std::size_t>(rows * action_dim));
    rewards.truncate(static_cast<std::size_t>(rows));
    next_observations.truncate(static_cast<std::size_t>(rows * observation_dim));
    returns_to_go.truncate(static_cast<std::size_t>(rows));
  }
};

// What is computed from all of a dataset's numbers.
struct DatasetTotals {
  std::vector<double> returns;                            // [episodes]
  std::vector<double> observation_mean, observation_std;  // [observation_dim]
  std::uint64_t fingerprint = 0;
  std::optional<DatasetScan> scan = {};
};

// A dataset: transitions in the order of their episodes. It does not change; it moves, and is not
// copied.
class Trajectories {
 public:
  // Checks sizes, that the episodes cover 0 … transitions − 1 in order, and that every number and
  // every episode's return is finite, and actions that are choices are one of them; drops episodes
  // with EndKind::cut unless they are to be kept, and computes the rest. Error of kind `user`
  // naming the source, the array and the index, or when no episode is left.
  Trajectories(TransitionArrays arrays, std::vector<Episode> episodes, DatasetSource source,
               const LoadOptions& options = {});

  // What was checked and computed before, returns-to-go included; checks sizes only.
  Trajectories(TransitionArrays arrays, std::vector<Episode> episodes, DatasetSource source,
               DatasetTotals totals);

  std::int64_t transitions() const { return static_cast<std::int64_t>(arrays_.rewards.size()); }
  std::int64_t observation_dim() const { return arrays_.observation_dim; }
  std::int64_t action_dim() const { return arrays_.action_dim; }
  // 0: actions are vectors; n: each is one number, the index 0 … n − 1 of what was chosen.
  int action_choices() const { return source_.action_choices; }

  // Row-major, a row per transition: observations and next observations [transitions,
  // observation_dim], actions [transitions, action_dim], rewards [transitions]. The next
  // observations are empty unless they were asked for.
  std::span<const float> observations() const { return arrays_.observations.values(); }
  std::span<const float> actions() const { return arrays_.actions.values(); }
  std::span<const float> rewards() const { return arrays_.rewards.values(); }
  std::span<const float> next_observations() const { return arrays_.next_observations.values(); }
  bool has_next_observations() const { return !arrays_.next_observations.empty(); }

  // [transitions]: the sum of rewards from each transition to its episode's end, undiscounted.
  std::span<const float> returns_to_go() const { return arrays_.returns_to_go.values(); }

  const std::vector<Episode>& episodes() const { return episodes_; }
  // [episodes]: the sum of rewards of each, undiscounted.
  std::span<const double> returns() const { return totals_.returns; }

  // [observation_dim], over the transitions kept; the standard deviation is numpy's (divided by N).
  std::span<const double> observation_mean() const { return totals_.observation_mean; }
  std::span<const double> observation_std() const { return totals_.observation_std; }

  // A hash of observations, actions, rewards and episodes: a checkpoint recognises its dataset by
  // it.
  std::uint64_t fingerprint() const { return totals_.fingerprint; }

  // What it would be without the episodes that are cut; its own where all are.
  std::uint64_t fingerprint_of_complete() const;

  // What a scan tells, where it is known already; the functions of scan.h give it in any case.
  const std::optional<DatasetScan>& scan() const { return totals_.scan; }

  const DatasetSource& source() const { return source_; }
  // Says otherwise where it came from; the numbers stay.
  void set_source(DatasetSource source) { source_ = std::move(source); }

 private:
  void check_sizes() const;
  void check_finite() const;
  void check_choices() const;
  void split_long_episodes(std::int64_t most);
  void drop_cut_episodes();
  void compute_returns();
  [[noreturn]] void reject_return(const Episode& episode, double sum) const;
  void compute_statistics();

  TransitionArrays arrays_;
  std::vector<Episode> episodes_;
  DatasetSource source_;
  DatasetTotals totals_;
};

}  // namespace seqrl
