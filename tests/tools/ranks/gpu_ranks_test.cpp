// Runs on several ranks with emulated GPUs.
#include <filesystem>
#include <string>

#include "tests/tools/ranks/mpi_program.h"

#ifndef SEQRL_EMULATED
#define SEQRL_EMULATED ""
#endif

using namespace seqrl;
namespace fs = std::filesystem;

namespace {

const std::string kRun =
    "env=hopper dataset.path=../data.hdf5 output=run backbone.dim=16 backbone.layers=1 "
    "training.batch=8 training.shards=4 training.context=4 training.warmup=2 training.log_every=2 "
    "evaluation.every=4 evaluation.episodes=2 evaluation.targets=[100] evaluation.mode=stream ";

fs::path folder_for(const fs::path& folder) {
  fs::create_directory(folder);
  write_file_atomically(folder / "run.yaml", "seed: 3\n");
  return folder;
}

// With this number of GPUs on the machine.
Ran on_gpus(int gpus, const fs::path& folder, const std::string& command) {
  return mpirun_in(folder, command, fmt::format("SEQRL_EMULATED_GPUS={}", gpus), SEQRL_EMULATED);
}

}  // namespace

TEST_CASE("ranks with a GPU each match one GPU, and a run resumes on other numbers of ranks") {
  SEQRL_NEEDS_MPI;
  const TemporaryFolder folder;
  REQUIRE(seqrl_in(folder, "collect env=hopper transitions=500 output=data.hdf5").status == 0);
  const std::string train = "seqrl train run.yaml device=cuda training.gpu_shards=4 " + kRun;
  const auto trained = [&](const std::string& name, const std::vector<std::string>& commands) {
    const fs::path there = folder_for(folder / name);
    for (const std::string& command : commands) {
      const Ran ran = on_gpus(4, there, command);
      INFO(command << "\n" << ran.err);
      REQUIRE(ran.status == 0);
      CHECK(ran.out == "run\n");  // from rank 0 alone
    }
    const std::string log = read_file(there / "run" / "log.txt");
    CHECK_THAT(log, Catch::Contains("a GPU (an emulated GPU)"));
    CHECK_THAT(log, !Catch::Contains("share a GPU"));
    return bytes_of_run(there / "run");
  };
  const std::string expected = trained("alone", {"-np 1 " + train + "training.steps=12"});
  CHECK(trained("two", {"-np 2 " + train + "training.steps=12"}) == expected);
  CHECK(trained("mixed", {"-np 4 " + train + "training.steps=4",
                          "-np 1 seqrl train --resume run training.steps=8",
                          "-np 2 seqrl train --resume run training.steps=12"}) == expected);

  const auto evaluated = [&](int ranks) {
    const Ran ran = on_gpus(
        4, folder / "alone",
        fmt::format("-np {} seqrl eval run device=cuda evaluation.episodes=5 --json", ranks));
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    auto scores = nlohmann::ordered_json::parse(ran.out);
    scores.erase("steps_per_second");
    CHECK(scores.at("device") == "cuda");
    return scores;
  };
  CHECK(evaluated(3) == evaluated(1));
}

TEST_CASE("ranks that share a GPU can train, and the log notes it") {
  SEQRL_NEEDS_MPI;
  const TemporaryFolder folder;
  REQUIRE(seqrl_in(folder, "collect env=hopper transitions=500 output=data.hdf5").status == 0);
  const std::string train = "seqrl train run.yaml training.steps=2 " + kRun;
  const auto log = [&](const std::string& name, int gpus, const std::string& command) {
    const fs::path there = folder_for(folder / name);
    const Ran ran = on_gpus(gpus, there, command);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    return read_file(there / "run" / "log.txt");
  };
  CHECK_THAT(log("three", 2, "-np 3 " + train + "device=cuda"),
             Catch::Contains("ranks 0, 2 share a GPU"));
  CHECK_THAT(log("named", 2, "-np 2 " + train + "device=cuda:1"),
             Catch::Contains("ranks 0, 1 share a GPU"));
}

TEST_CASE("ranks on different devices are rejected in one line") {
  SEQRL_NEEDS_MPI;
  const TemporaryFolder folder;
  REQUIRE(seqrl_in(folder, "collect env=hopper transitions=500 output=data.hdf5").status == 0);
  const fs::path there = folder_for(folder / "there");
  const std::string train = "seqrl train run.yaml training.steps=2 " + kRun;
  const auto says = [&](const std::string& second, const std::string& expected) {
    const Ran ran = on_gpus(2, there, fmt::format("-np 1 {}device=cuda : -np 1 {}", train, second));
    INFO(ran.err);
    const std::vector<std::string> lines = lines_of_program(ran.err);
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::Contains(expected));
    CHECK(ran.status == 2);
    CHECK_FALSE(fs::exists(there / "run" / "config.yaml"));
  };
  says("env SEQRL_EMULATED_MODEL=other " + train + "device=cuda",
       "rank 1 has a different GPU than rank 0: other, not an emulated GPU");
  says(train + "device=cpu", "rank 1 has a different device than rank 0: cpu, not cuda");
}
