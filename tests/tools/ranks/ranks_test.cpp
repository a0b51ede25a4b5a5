// Runs on several ranks equal those of one process.
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/ranks/mpi_program.h"

using namespace seqrl;
namespace fs = std::filesystem;

namespace {

const std::string kShortRun =
    "device=cpu output=run training.batch=9 training.warmup=2 training.log_every=2 "
    "evaluation.every=4 ";

// A kind of run and its data, created next to the folders of the trainings.
struct RunKind {
  std::string name, settings;
};
const std::vector<RunKind> kKinds = {
    {"a decision transformer",
     "env=hopper dataset.path=../data.hdf5 backbone.dim=48 backbone.layers=2 training.shards=5 "
     "training.context=4 evaluation.episodes=3 evaluation.targets=[100,200] "},
    {"behaviour cloning from logs alone",
     "agent=behavior_cloning env=none dataset.path=../data.hdf5 dataset.validation=0.3 "
     "training.context=4 training.shards=3 "},
    {"a task",
     "task.kind=selective_copy task.length=12 task.data=3 task.evaluation_examples=40 "
     "backbone.dim=16 "
     "backbone.layers=1 training.shards=4 "},
};

fs::path folder_with_config(const fs::path& folder) {
  fs::create_directory(folder);
  write_file_atomically(folder / "run.yaml", "seed: 3\n");
  return folder;
}

}  // namespace

TEST_CASE("any number of ranks gives the same bytes as one process") {
  SEQRL_NEEDS_MPI;
  const TemporaryFolder folder;
  REQUIRE(seqrl_in(folder, "collect env=hopper transitions=500 output=data.hdf5").status == 0);
  for (const RunKind& kind : kKinds) {
    INFO(kind.name);
    const fs::path alone = folder_with_config(folder / ("alone " + kind.name));
    const std::string settings = "run.yaml training.steps=8 " + kShortRun + kind.settings;
    const std::string command = "cd '" + alone.string() + "' && '" + SEQRL_PROGRAM + "' train " +
                                settings + " >out.txt 2>&1";
    REQUIRE(std::system(command.c_str()) == 0);
    const bool all = &kind == &kKinds.front();
    for (const int ranks : all ? std::vector{2, 4, 8} : std::vector{3}) {
      const fs::path together = folder_with_config(folder / (std::to_string(ranks) + kind.name));
      const Ran ran = mpirun_in(together, fmt::format("-np {} seqrl train {}", ranks, settings));
      INFO(ran.err);
      REQUIRE(ran.status == 0);
      CHECK(ran.out == "run\n");  // from rank 0 alone
      CHECK(bytes_of_run(together / "run") == bytes_of_run(alone / "run"));
    }
  }
}

TEST_CASE("a run can be resumed on another number of ranks, or without ranks") {
  SEQRL_NEEDS_MPI;
  const TemporaryFolder folder;
  REQUIRE(seqrl_in(folder, "collect env=hopper transitions=500 output=data.hdf5").status == 0);
  const std::string settings = "run.yaml " + kShortRun + kKinds.front().settings;
  const fs::path alone = folder_with_config(folder / "alone"),
                 together = folder_with_config(folder / "together");
  const auto seqrl_there = [](const fs::path& in, const std::string& arguments) {
    const std::string command =
        "cd '" + in.string() + "' && '" + SEQRL_PROGRAM + "' " + arguments + " >out.txt 2>&1";
    return std::system(command.c_str());
  };
  REQUIRE(seqrl_there(alone, "train " + settings + " training.steps=16") == 0);
  REQUIRE(mpirun_in(together, "-np 4 seqrl train " + settings + " training.steps=4").status == 0);
  const Ran ran = mpirun_in(together, "-np 2 seqrl train --resume run training.steps=12");
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  REQUIRE(seqrl_there(together, "train --resume run training.steps=16") == 0);
  CHECK(bytes_of_run(together / "run") == bytes_of_run(alone / "run"));
}

TEST_CASE("an error that all ranks have is reported once") {
  SEQRL_NEEDS_MPI;
  const TemporaryFolder folder;
  write_file_atomically(folder / "run.yaml", "env: hopper\n");
  const auto says = [&](const std::string& command, const std::string& expected) {
    const Ran ran = mpirun_in(folder.path(), command);
    INFO(ran.err);
    const std::vector<std::string> lines = lines_of_program(ran.err);
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::Contains(expected));
    CHECK(ran.status == 2);
  };
  says("-np 3 seqrl train run.yaml trainin.steps=1", "did you mean");
  says("-np 2 seqrl train run.yaml agent=sac", "sac does not scale to ranks");
  says("-np 2 seqrl train --resume nowhere", "nowhere");
}

TEST_CASE("a rank with a different config, dataset or program ends the job") {
  SEQRL_NEEDS_MPI;
  const TemporaryFolder folder;
  const fs::path a = folder_with_config(folder / "a"), b = folder_with_config(folder / "b");
  for (const auto& [there, seed] : {std::pair(a, 1), std::pair(b, 2)}) {
    REQUIRE(seqrl_in(folder,
                     fmt::format("collect env=hopper transitions=300 seed={} output={}/data.hdf5",
                                 seed, there.filename().string()))
                .status == 0);
  }
  const std::string settings =
      kShortRun + "env=hopper dataset.path=data.hdf5 evaluation.targets=[100]";
  const auto ends = [&](const std::string& second, const std::string& expected) {
    const std::string first = "cd a && exec seqrl train run.yaml " + settings;
    const Ran ran =
        mpirun_in(folder.path(), fmt::format("-np 1 sh -c '{}' : -np 1 sh -c '{}'", first, second));
    INFO(ran.err);
    const std::vector<std::string> lines = lines_of_program(ran.err);
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::Contains(expected));
    CHECK(ran.status == 2);
    CHECK_FALSE(fs::exists(a / "run" / "config.yaml"));
  };
  ends("cd a && exec seqrl train run.yaml " + settings + " training.lr=0.5",
       "training.lr is 0.5, not 0.0001");
  ends("cd b && exec seqrl train run.yaml " + settings, "a different copy of the data");
  fs::copy_file(SEQRL_PROGRAM, folder / "other");
  std::ofstream(folder / "other", std::ios::app) << "x";
  ends("cd a && exec ../other train run.yaml " + settings, "a different program");
}
