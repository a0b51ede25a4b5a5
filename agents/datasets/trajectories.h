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
  terminated,  // the environment ended the episode: nothing follows
  timeout,     // stopped from outside, by a time limit or a reset
  cut,         // the recording stops in the middle
};
std::string_view to_string(EndKind end);

// An episode is the transitions begin … begin + length − 1.
struct Episode {
  std::int64_t begin = 0;
  std::int64_t length = 0;
  EndKind end = EndKind::cut;
  double weight = 1;  // how often a window begins in it: twice as often as with 1
  bool operator==(const Episode&) const = default;
};

// One of several merged datasets, without what was left out of it.
struct DatasetPart {
  std::string path;
  double weight = 1;
  std::int64_t episodes = 0, transitions = 0;
};

// The origin of a dataset, for reports.
struct DatasetSource {
  std::string path = {};
  std::string layout = "memory";  // "D4RL v2", "D4RL v0", "Minari", "OGBench"
  std::string id = {};            // Minari's identifier: "mujoco/hopper/medium-v0"
  std::string env = {};           // the name of its environment, "" if unknown
  std::string stated_env = {};    // in the data's own words; "" if known only from a name
  std::string env_config = {};    // an EnvConfig in YAML, if seqrl wrote one
  std::string env_kwargs = {};    // Gymnasium's options, JSON (as python_json.h reads it)
  // The environment for evaluation and its options, if the data states them separately.
  std::string eval_env = {}, eval_kwargs = {};
  int env_limit = 0, eval_limit = 0;    // the time limits of both, 0 if not stated
  std::string observation_layout = {};  // of its parts (flat_space.h), "" if there are none
  std::vector<double> action_low = {}, action_high = {};  // the box of its actions, or none
  int action_choices = 0;  // n: an action is one number, the index 0 … n − 1 of a choice
  std::optional<ReferenceReturns> reference = {};      // D4RL's, if the environment is D4RL's
  std::optional<ReferenceReturns> own_reference = {};  // provided by the dataset
  std::vector<DatasetPart> parts = {};                 // if it was merged from several
  std::vector<std::string> notes = {};                 // remarks for the user, one sentence each
  std::int64_t unused_rows = 0;                        // omitted rows at the file's end
};

// The information available before a dataset's arrays are read.
struct DatasetHeader {
  DatasetSource source = {};
  std::int64_t observation_dim = 0;  // 0 = it does not say
};

// How episodes are read, and which are kept.
struct LoadOptions {
  // Keep next_observations: takes the memory of the observations a second time.
  bool keep_next_observations = false;
  // Keep episodes that the recording cut off. Their returns-to-go are too low because the rest was
  // not recorded, so by default they are excluded, as in CORL for a file's tail.
  bool keep_cut_episodes = false;
  // Where to split episodes of a D4RL file without `timeouts` and `next_observations`.
  std::int64_t max_episode_steps = 1000;
  // Split longer episodes after this many steps, as timeouts; 0 = do not.
  std::int64_t split_after = 0;
  // A Python with Minari: it converts formats other than HDF5. "" = there is none.
  std::string python = {};
  // Let it download a missing Minari dataset from Minari's remote.
  bool download = false;
  // Where to keep a prepared copy, which a second start maps (prepared_cache.h): a folder; "auto"
  // for the user's, only for large files; "off" for none.
  std::string cache = "off";
  // Whether a new one may be written to a folder named by `cache`; existing ones are mapped anyway.
  bool writes_to_folder = true;
};

// Arrays as read: row-major, one row per transition.
struct TransitionArrays {
  std::int64_t observation_dim = 0, action_dim = 0;
  Buffer<float> observations;       // [transitions, observation_dim]
  Buffer<float> actions;            // [transitions, action_dim]
  Buffer<float> rewards;            // [transitions]
  Buffer<float> next_observations;  // [transitions, observation_dim], or empty
  Buffer<float> returns_to_go;      // [transitions], space for Trajectories to fill, or empty

  // Keeps the first `rows` transitions.
  void truncate(std::int64_t rows) {
    observations.truncate(static_cast<std::size_t>(rows * observation_dim));
    actions.truncate(static_cast<std::size_t>(rows * action_dim));
    rewards.truncate(static_cast<std::size_t>(rows));
    next_observations.truncate(static_cast<std::size_t>(rows * observation_dim));
    returns_to_go.truncate(static_cast<std::size_t>(rows));
  }
};

// Values computed from all of a dataset's numbers.
struct DatasetTotals {
  std::vector<double> returns;                            // [episodes]
  std::vector<double> observation_mean, observation_std;  // [observation_dim]
  std::uint64_t fingerprint = 0;
  std::optional<DatasetScan> scan = {};
};

// A dataset: transitions in the order of their episodes. It is immutable, movable and not copyable.
class Trajectories {
 public:
  // Checks sizes, that the episodes cover 0 … transitions − 1 in order, that every number and every
  // episode's return is finite, and that actions that are choices are valid. Drops episodes with
  // EndKind::cut unless they are to be kept, and computes the rest. An Error of kind `user` names
  // the source, the array and the index, or says that no episode is left.
  Trajectories(TransitionArrays arrays, std::vector<Episode> episodes, DatasetSource source,
               const LoadOptions& options = {});

  // Previously checked and computed data, returns-to-go included; checks only sizes.
  Trajectories(TransitionArrays arrays, std::vector<Episode> episodes, DatasetSource source,
               DatasetTotals totals);

  std::int64_t transitions() const { return static_cast<std::int64_t>(arrays_.rewards.size()); }
  std::int64_t observation_dim() const { return arrays_.observation_dim; }
  std::int64_t action_dim() const { return arrays_.action_dim; }
  // 0: actions are vectors; n: each is one number, the index 0 … n − 1 of a choice.
  int action_choices() const { return source_.action_choices; }

  // Row-major, one row per transition: observations and next observations [transitions,
  // observation_dim], actions [transitions, action_dim], rewards [transitions]. The next
  // observations are empty unless requested.
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

  // A hash of observations, actions, rewards and episodes, by which a checkpoint recognises its
  // dataset.
  std::uint64_t fingerprint() const { return totals_.fingerprint; }

  // The fingerprint without the cut episodes; its own if all are cut.
  std::uint64_t fingerprint_of_complete() const;

  // The results of a scan, if already known; the functions of scan.h return them in any case.
  const std::optional<DatasetScan>& scan() const { return totals_.scan; }

  const DatasetSource& source() const { return source_; }
  // Replaces the description of the origin; the numbers stay.
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
