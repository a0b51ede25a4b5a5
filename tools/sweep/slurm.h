// A sweep as an array of Slurm jobs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/sweep/plan.h"

namespace seqrl::tools {

// An array whose tasks take a sweep's runs from each other.
struct SlurmArray {
  std::string sweep;                   // the file
  std::vector<std::string> overrides;  // key=value, without jobs=
  std::int64_t tasks = 1;
  std::int64_t processors = 0;  // of a task; 0 = as the script that is shipped has it

  // `jobs` tasks where that is more than 1, otherwise one for each run that is left; at most 1000,
  // which is how long Slurm lets arrays be where it is not told otherwise.
  static SlurmArray of(const Sweep& sweep, const std::string& path,
                       const std::vector<std::string>& overrides);

  // tools/examples/slurm/sweep.sbatch with these numbers and arguments, and `program` for seqrl.
  std::string script(const std::string& program) const;
};

// Gives a script to sbatch; the job's number. ProgramMissing where there is no sbatch; an Error of
// kind failure, with what it said, where it refuses.
std::string submit_to_slurm(const std::string& script);

// Where this process is a task of an array, what part of the tasks come before it: 0 … 1.
double part_of_slurm_array();

// Processors that Slurm gives this task; 0 where it does not say.
int processors_of_slurm_task();

}  // namespace seqrl::tools
