// The launcher of a job: mpirun, mpiexec or srun, which starts this program several times.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace seqrl::tools {

// What a launcher says of the process that it started.
struct Launch {
  std::string launcher;  // "mpirun"
  int rank = 0, ranks = 1;
};

// Reads a variable of the environment; null where it is not set.
using Environment = std::function<const char*(const char* name)>;

// What started this process, where that was a launcher of several. Nothing in a batch script's own
// shell, nor where SEQRL_RANKS is "off", as for what a rank starts itself.
std::optional<Launch> find_launch(const Environment& environment);
std::optional<Launch> find_launch();

// Seconds after which a rank that does not answer counts as lost: SEQRL_RANK_TIMEOUT, or 60.
// Nothing where that is no number from 1 to 86400.
std::optional<double> rank_timeout();

}  // namespace seqrl::tools
