// A sweep: a grid of settings × seeds, one run per combination.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "agents/config/run_config.h"
#include "configs/schema/fields.h"
#include "tools/sweep/grid.h"

namespace seqrl::tools {

struct SweepConfig {
  std::vector<std::string> config;
  std::string output;
  std::vector<std::string> settings;
  Grid grid;
  std::vector<std::int64_t> seeds = {1};
  std::int64_t jobs = 1;
  void fields(Fields& field);
};

struct SweepRun {
  enum class State { fresh, begun, done };

  std::string config;  // the config file
  std::filesystem::path folder;
  std::vector<std::string> settings;  // key=value, including the seed and the folder
  std::vector<std::pair<std::string, std::string>>
      choice;                                   // of the configs, the grid and the seeds
  std::vector<std::string> plugins;             // that its config names
  std::vector<std::string> hooks;               // the same as settings
  std::vector<std::string> measured_otherwise;  // the settings evaluation.* that a begun or done
                                                // run does not have yet
  std::int64_t steps = 0;                       // to train
  std::int64_t threads = 0;                     // 0 = all processors
  std::string device;                           // as its config names it
  State state = State::fresh;
};

struct Sweep {
  SweepConfig config;
  std::vector<SweepRun> runs;
};

// A choice's value as a part of a folder's name: a file's name, the kind of a section written as a
// map; without characters that are special in a shell.
std::string name_of_choice(const std::string& key, std::string value);

// Whether a YAML file describes a sweep rather than a run: a sweep names a config.
bool is_sweep(const std::filesystem::path& path);

// Reads a sweep and all runs that it would train. Overrides key=value that name a field of
// SweepConfig apply to the sweep, the others to every run. An Error of kind user if a run's config
// is wrong, two runs would share a folder, or a folder holds a run with other settings.
Sweep plan_sweep(const std::filesystem::path& path, const std::vector<std::string>& overrides);

// The same without reading the runs' folders, each run with its resolved config.
struct ResolvedSweep {
  Sweep sweep;
  std::vector<RunConfig> configs;  // of the runs
};
ResolvedSweep resolve_sweep(const std::filesystem::path& path,
                            const std::vector<std::string>& overrides);

// Looks at the folder of a run again, which other processes may be training: its state, and what it
// has yet to be measured with. Errors as of plan_sweep().
void look_again(SweepRun& run);

// The arguments of seqrl that start or resume a run.
std::vector<std::string> train_arguments(const SweepRun& run);

// The same as a command for a shell.
std::string shell_command(const SweepRun& run);

}  // namespace seqrl::tools
