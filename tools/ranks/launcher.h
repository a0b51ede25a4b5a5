// The launcher of a job: mpirun, mpiexec or srun, which starts several processes of this program.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace seqrl::tools {

// A launcher's description of the process that it started.
struct Launch {
  std::string launcher;  // "mpirun"
  int rank = 0, ranks = 1;
};

// Reads an environment variable; null if it is not set.
using Environment = std::function<const char*(const char* name)>;

// The launch of this process, if a launcher started several processes. Nothing in a batch script's
// own shell, and nothing where SEQRL_RANKS is "off", as in processes that a rank itself starts.
std::optional<Launch> find_launch(const Environment& environment);
std::optional<Launch> find_launch();

// Seconds after which a rank that does not answer counts as lost: SEQRL_RANK_TIMEOUT, or 60.
// Nothing if that is not a number from 1 to 86400.
std::optional<double> rank_timeout();

}  // namespace seqrl::tools
