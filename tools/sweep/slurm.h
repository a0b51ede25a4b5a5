// A sweep as an array of Slurm jobs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/sweep/plan.h"

namespace seqrl::tools {

// A job array whose tasks share a sweep's runs.
struct SlurmArray {
  std::string sweep;                   // the file
  std::vector<std::string> overrides;  // key=value, without jobs=
  std::int64_t tasks = 1;
  std::int64_t processors = 0;  // per task; 0 = as in the shipped script

  // `jobs` tasks if that is more than 1, otherwise one for each remaining run; at most 1000,
  // Slurm's default limit for arrays.
  static SlurmArray of(const Sweep& sweep, const std::string& path,
                       const std::vector<std::string>& overrides);

  // tools/examples/slurm/sweep.sbatch with these numbers and arguments, and `program` for seqrl.
  std::string script(const std::string& program) const;
};

// Submits a script to sbatch and returns the job's number. ProgramMissing if there is no sbatch; an
// Error of kind failure, with sbatch's message, if it refuses the script.
std::string submit_to_slurm(const std::string& script);

// If this process is a task of an array, the fraction of tasks before it: 0 … 1.
double part_of_slurm_array();

// The number of processors that Slurm gives this task; 0 if it does not say.
int processors_of_slurm_task();

}  // namespace seqrl::tools
