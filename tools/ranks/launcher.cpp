#include "tools/ranks/launcher.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "configs/base/environment.h"

namespace seqrl::tools {
namespace {

std::optional<int> number_in(const char* text) {
  if (text == nullptr) return std::nullopt;
  int value = 0;
  const std::string_view all(text);
  const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), value);
  if (error != std::errc() || end != all.data() + all.size()) return std::nullopt;
  return value;
}

// The variables that hold a process's number and the count of processes, by launcher.
struct Variables {
  const char *launcher, *rank, *ranks;
};
constexpr std::array kLaunchers = {
    Variables{"mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},  // Open MPI
    Variables{"mpirun", "PMI_RANK", "PMI_SIZE"},                          // MPICH; srun --mpi=pmi2
    // srun; a batch script's shell has no step.
    Variables{"srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"},
};

}  // namespace

std::optional<Launch> find_launch(const Environment& environment) {
  const char* wanted = environment("SEQRL_RANKS");
  if (wanted != nullptr && std::string_view(wanted) == "off") return std::nullopt;
  for (const Variables& variables : kLaunchers) {
    const auto rank = number_in(environment(variables.rank)),
               ranks = number_in(environment(variables.ranks));
    if (!rank || !ranks) continue;
    if (*ranks > 1) return Launch{variables.launcher, *rank, *ranks};
    break;  // later ones belong to an outer launcher
  }
  return std::nullopt;
}

std::optional<Launch> find_launch() {
  return find_launch([](const char* name) { return std::getenv(name); });
}

std::optional<double> rank_timeout() {
  return seconds_in_environment("SEQRL_RANK_TIMEOUT", 60);
}

}  // namespace seqrl::tools
