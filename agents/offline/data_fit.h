// Checks that a dataset goes with the environment that an agent is trained for.
#pragma once

#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "agents/datasets/trajectories.h"
#include "envs/env.h"

namespace seqrl {

// An Error of kind user where observations or actions have other sizes, where the data says that it
// is of another environment, or where episodes are longer than the environment's; the last two
// unless config.dataset allows it.
void require_fit(const RunConfig& config, const Trajectories& data, const Env& env);

// An Error of kind user where env flattens observations of several parts otherwise than `layout`
// says (agents/datasets/flat_space.h) that the dataset of this name does.
void require_layout(const std::string& dataset, const std::string& layout, const EnvSection& env);

// The layout in what a run keeps of its data (a checkpoint's `dataset_facts`), or "".
std::string layout_of_facts(const std::string& facts);

// Notes for the start of a run: what is odd about the data, and where there is an environment, what
// is uncertain about it or was allowed.
std::vector<std::string> fit_notes(const RunConfig& config, const Trajectories& data,
                                   const Env* env);

// Target returns for an environment without usual ones: the best and the median of the data, to
// four digits; one where they are the same.
std::vector<double> usual_targets(const Trajectories& data);

// A note that returns-to-go divided by `return_scale` are too small or too large for a network, and
// what to set; "" where they are not.
std::string return_scale_note(const Trajectories& data, double return_scale);

}  // namespace seqrl
