// A sweep: a grid of settings × seeds, each a run of its own.
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

  std::string config;  // the file that it begins with
  std::filesystem::path folder;
  std::vector<std::string> settings;  // key=value, the seed and the folder among them
  std::vector<std::pair<std::string, std::string>>
      choice;                        // of the configs, the grid and the seeds
  std::vector<std::string> plugins;  // that its config names
  std::vector<std::string> hooks;    // the same as settings
  std::int64_t steps = 0;            // it is to train
  std::int64_t threads = 0;          // 0 = all processors
  std::string device;                // as its config names it
  State state = State::fresh;
};

struct Sweep {
  SweepConfig config;
  std::vector<SweepRun> runs;
};

// A choice's value as a part of a folder's name: of a file its name, of a section written as a map
// its kind, nothing that a shell minds.
std::string name_of_choice(const std::string& key, std::string value);

// Whether a YAML file describes a sweep, and not a run: it names a config.
bool is_sweep(const std::filesystem::path& path);

// Reads a sweep and everything it would train. Of the key=value, those that name a field of
// SweepConfig belong to the sweep, the others to every run. An Error of kind user when any run's
// config is wrong, two would share a folder, or a folder holds a run of other settings.
Sweep plan_sweep(const std::filesystem::path& path, const std::vector<std::string>& overrides);

// The same without a look at the runs' folders, each run with its resolved config.
struct ResolvedSweep {
  Sweep sweep;
  std::vector<RunConfig> configs;  // of the runs
};
ResolvedSweep resolve_sweep(const std::filesystem::path& path,
                            const std::vector<std::string>& overrides);

// Where a run stands by now, which other processes may train. An Error as plan_sweep()'s.
SweepRun::State current_state(const SweepRun& run);

// The arguments of seqrl that train a run from where it stands.
std::vector<std::string> train_arguments(const SweepRun& run);

// The same as a command for a shell.
std::string shell_command(const SweepRun& run);

}  // namespace seqrl::tools
