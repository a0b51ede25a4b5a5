// Runs the program on several ranks in a test. Tests that need MPI begin with SEQRL_NEEDS_MPI.
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "configs/base/files.h"
#include "tests/tools/program/program.h"

#ifdef SEQRL_MPIRUN
#define SEQRL_NEEDS_MPI
#else
#define SEQRL_MPIRUN "mpirun"
#define SEQRL_NEEDS_MPI                                    \
  WARN("skipped: this build has no MPI (libopenmpi-dev)"); \
  return
#endif

// Lets both Open MPI and MPICH start more ranks than there are processors, also as root.
inline const std::string kLaunch =
    "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 "
    "OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl_vader_single_copy_mechanism=none ";

// Runs an mpirun command in a folder, "-np 4 seqrl train …", with the program in place of `seqrl`.
inline Ran mpirun_in(const std::filesystem::path& folder, std::string command,
                     const std::string& environment = "",
                     const std::string& program = SEQRL_PROGRAM) {
  for (std::size_t at = 0; (at = command.find("seqrl ", at)) != std::string::npos;) {
    command.replace(at, 5, program);
    at += program.size();
  }
  const std::string line =
      fmt::format("cd '{}' && {} {} {} {} >out.txt 2>err.txt </dev/null", folder.string(), kLaunch,
                  environment, SEQRL_MPIRUN, command);
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, seqrl::read_file(folder / "out.txt"),
          seqrl::read_file(folder / "err.txt")};
}

// The lines printed by the program, without those of its launcher.
inline std::vector<std::string> lines_of_program(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line.starts_with("seqrl: ")) lines.push_back(line);
    at = end + 1;
  }
  return lines;
}

// All bytes of a run that do not depend on when and how fast it ran.
inline std::string bytes_of_run(const std::filesystem::path& run) {
  std::string bytes;
  for (const char* file : {"config.yaml", "metrics.jsonl", "checkpoints/last.safetensors",
                           "checkpoints/best.safetensors", "checkpoints/previous.safetensors"}) {
    bytes += fmt::format("{}:{}\n", file, seqrl::read_file(run / file));
  }
  auto scores = nlohmann::ordered_json::parse(seqrl::read_file(run / "eval.json"));
  scores.erase("steps_per_second");
  scores.erase("training_steps_per_second");
  return bytes + scores.dump();
}
