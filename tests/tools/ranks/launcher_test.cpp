#include "tools/ranks/launcher.h"

#include <map>

#include "tests/catch.h"

using namespace seqrl::tools;

namespace {

std::optional<Launch> launch_in(const std::map<std::string, std::string>& environment) {
  return find_launch([&](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

}  // namespace

TEST_CASE("launchers are recognised by their environment variables") {
  const auto open_mpi = launch_in({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "4"}});
  REQUIRE(open_mpi);
  CHECK(open_mpi->rank == 2);
  CHECK(open_mpi->ranks == 4);
  CHECK(launch_in({{"PMI_RANK", "0"}, {"PMI_SIZE", "3"}})->ranks == 3);
  CHECK(launch_in({{"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "2"}})->launcher == "srun");
}

TEST_CASE("a single process has no launcher") {
  CHECK_FALSE(launch_in({}));
  CHECK_FALSE(launch_in({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}));
  // A batch script's own shell.
  CHECK_FALSE(launch_in({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}}));
  // One rank, started by a process that srun has started.
  CHECK_FALSE(launch_in({{"OMPI_COMM_WORLD_RANK", "0"},
                         {"OMPI_COMM_WORLD_SIZE", "1"},
                         {"SLURM_PROCID", "0"},
                         {"SLURM_STEP_NUM_TASKS", "2"}}));
  CHECK_FALSE(launch_in(
      {{"SEQRL_RANKS", "off"}, {"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "4"}}));
  CHECK_FALSE(launch_in({{"PMI_RANK", "zero"}, {"PMI_SIZE", "3"}}));
}
