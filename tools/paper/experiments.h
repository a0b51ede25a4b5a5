// The paper's experiments: the sweeps of configs/paper, and the assignment of runs to them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agents/config/published_numbers.h"
#include "tools/reports/run_folder.h"
#include "tools/sweep/plan.h"

namespace seqrl::tools {

// One combination of an experiment's grid, for all seeds.
struct Combination {
  std::string name;  // "task=even_pairs backbone=min_lstm", "config=hopper-medium backbone=gru"
  RunFolder wanted;  // its settings; nothing measured
  std::int64_t steps = 0;       // to train
  std::int64_t parameters = 0;  // of the backbone
  std::string command;          // trains it, over all of the experiment's seeds
};

struct Experiment {
  std::string name;  // "chomsky", of configs/paper/chomsky.yaml
  std::vector<Combination> combinations;
};

// All of them, each file resolved.
const std::vector<Experiment>& experiments();
const Experiment* find_experiment(const std::string& name);  // nullptr for none

// The combination of a run, and the settings in which the run differs from it ("backbone.dim=64",
// or ""). The seed, the place and length of the run, and the frequency of evaluations do not count.
struct Membership {
  const Experiment* experiment;
  const Combination* combination;
  std::string differs;
};

// The combination of the run's task from which the run differs least. Nothing if no experiment has
// that task, or if the run's data is known to differ from the paper's.
std::optional<Membership> membership_of(const RunFolder& run);

// The combination of a published number; nullptr where seqrl has no such model.
const Combination* combination_of(const PublishedNumber& number);

}  // namespace seqrl::tools
