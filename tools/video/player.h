// A player acts out one episode of a trained agent and reports each step.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "agents/policies/checkpoint.h"
#include "envs/env.h"

namespace seqrl::tools {

// How far an episode has come.
struct EpisodeProgress {
  double total = 0;  // the return so far
  int steps = 0;
  bool valid = true;  // the simulation did not break
};

// An episode from the start state of `seed`, with the return `target` asked for; the same as the
// evaluator's. `on_step` is called at the start and after every step, and ends the episode by
// returning false.
EpisodeProgress play_episode(const TrainedAgent& trained, const PackedWeights& weights,
                             ActMode mode, std::optional<double> target, std::uint64_t seed,
                             Env& env, const std::function<bool(const EpisodeProgress&)>& on_step);

}  // namespace seqrl::tools
