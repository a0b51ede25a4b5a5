// A sweep: a grid of settings × seeds, each a run of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "configs/schema/fields.h"
#include "tools/sweep/grid.h"

namespace seqrl::tools {

struct SweepConfig {
  std::string config, output;
  std::vector<std::string> settings;
  Grid grid;
  std::vector<std::int64_t> seeds = {1};
  std::int64_t jobs = 1;
  void fields(Fields& field);
};

struct SweepRun {
  enum class State { fresh, begun, done };

  std::filesystem::path folder;
  std::vector<std::string> settings;  // key=value, the seed and the folder among them
  std::vector<std::string> plugins;   // that its config names
  std::int64_t steps = 0;             // it is to train
  State state = State::fresh;
};

struct Sweep {
  SweepConfig config;
  std::vector<SweepRun> runs;
};

// Reads a sweep and everything it would train. Of the key=value, those that name a field of
// SweepConfig belong to the sweep, the others to every run. An Error of kind user when any run's
// config is wrong, two would share a folder, or a folder holds a run of other settings.
Sweep plan_sweep(const std::filesystem::path& path, const std::vector<std::string>& overrides);

// The arguments of seqrl that train a run from where it stands.
std::vector<std::string> train_arguments(const Sweep& sweep, const SweepRun& run);

// The same as a command for a shell.
std::string shell_command(const Sweep& sweep, const SweepRun& run);

}  // namespace seqrl::tools
