// A player plays one episode of a trained agent and reports each step.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "agents/policies/checkpoint.h"
#include "envs/env.h"

namespace seqrl::tools {

// The progress of an episode.
struct EpisodeProgress {
  double total = 0;  // the return so far
  int steps = 0;
  bool valid = true;  // the simulation did not break
};

// Plays an episode from the start state of `seed` with the target return `target`, the same as the
// evaluator's. `on_step` is called at the start and after every step; it ends the episode by
// returning false.
EpisodeProgress play_episode(const TrainedAgent& trained, const PackedWeights& weights,
                             ActMode mode, std::optional<double> target, std::uint64_t seed,
                             Env& env, const std::function<bool(const EpisodeProgress&)>& on_step);

}  // namespace seqrl::tools
