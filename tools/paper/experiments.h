// The paper's experiments: the sweeps of configs/paper, and which run belongs to which of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agents/config/published_numbers.h"
#include "tools/reports/run_folder.h"
#include "tools/sweep/plan.h"

namespace seqrl::tools {

// One combination of an experiment's grid, whatever the seed.
struct Combination {
  std::string name;  // "task=even_pairs backbone=min_lstm", "config=hopper-medium backbone=gru"
  RunFolder wanted;  // its settings; nothing measured
  std::int64_t steps = 0;       // to train
  std::int64_t parameters = 0;  // of the backbone
  std::string command;          // that trains it, over all of the experiment's seeds
};

struct Experiment {
  std::string name;  // "chomsky", of configs/paper/chomsky.yaml
  std::vector<Combination> combinations;
};

// All of them, each file resolved.
const std::vector<Experiment>& experiments();
const Experiment* find_experiment(const std::string& name);  // nullptr for none

// Where a run belongs, and in which settings it differs from what stands there, apart from its seed
// and where, how long and how often measured it ran: "backbone.dim=64", or "".
struct Membership {
  const Experiment* experiment;
  const Combination* combination;
  std::string differs;
};

// The combination of the run's task from which it differs least; nothing where no experiment has
// that, or the run's data is known to be other than the paper's.
std::optional<Membership> membership_of(const RunFolder& run);

// The combination that a published number is of; nullptr where seqrl has no such model.
const Combination* combination_of(const PublishedNumber& number);

}  // namespace seqrl::tools
