// Checks that a dataset matches the environment of an agent's training.
#pragma once

#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "agents/datasets/trajectories.h"
#include "envs/env.h"

namespace seqrl {

// An Error of kind user if observations or actions have other sizes, if the data names another
// environment, or if episodes are longer than the environment's; the last two unless config.dataset
// allows it.
void require_fit(const RunConfig& config, const Trajectories& data, const Env& env);

// An Error of kind user if env flattens observations of several parts in another way than `layout`
// (agents/datasets/flat_space.h) of the dataset with this name.
void require_layout(const std::string& dataset, const std::string& layout, const EnvSection& env);

// The layout in the dataset facts that a run stores (a checkpoint's `dataset_facts`), or "".
std::string layout_of_facts(const std::string& facts);

// Notes for the start of a run: oddities of the data and, if there is an environment, what is
// uncertain about it or was allowed.
std::vector<std::string> fit_notes(const RunConfig& config, const Trajectories& data,
                                   const Env* env);

// Target returns for an environment without usual ones: the best and the median of the data, to
// four digits; a single one if they are equal.
std::vector<double> usual_targets(const Trajectories& data);

// A note that returns-to-go divided by `return_scale` are too small or too large for a network, and
// which value to set; "" if they are not.
std::string return_scale_note(const Trajectories& data, double return_scale);

}  // namespace seqrl
