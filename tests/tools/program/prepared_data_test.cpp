// Prepared copies of datasets, as a user sees them.
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>

#include "tests/tools/program/program.h"

using namespace seqrl;
using Catch::Contains;

namespace {

// The checkpoint of a run of `settings`; the run's folder is removed.
std::string checkpoint_of(const Workspace& folder, const std::string& settings, std::string& err) {
  const Ran ran = seqrl_in(
      folder, "train tiny.yaml output=other training.steps=6 " + settings + " " + kTinyRun);
  REQUIRE(ran.status == 0);
  err = ran.err;
  const std::string bytes = read_file(folder / "other/checkpoints/last.safetensors");
  std::filesystem::remove_all(folder / "other");
  return bytes;
}

// The part of a safetensors file after the header: weights and the optimizer's state.
std::string tensors_of(const std::string& bytes) {
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  REQUIRE(header < bytes.size() - sizeof header);
  return bytes.substr(sizeof header + header);
}

}  // namespace

TEST_CASE("training on a prepared copy gives the same tensors as training in memory") {
  const Workspace folder;
  std::string err;
  const std::string first = checkpoint_of(folder, "dataset.cache=abc", err);
  CHECK_THAT(err, Contains("its prepared copy"));
  const std::string second = checkpoint_of(folder, "dataset.cache=abc", err);
  CHECK_THAT(err, !Contains("prepared copy"));
  CHECK((first == second));
  // The config, in the header, gives the copy's path.
  const std::string in_memory = checkpoint_of(folder, "dataset.cache=off", err);
  CHECK((tensors_of(first) == tensors_of(in_memory)));
}

TEST_CASE("info reports whether a dataset has a prepared copy, and whether it is outdated") {
  const Workspace folder;
  const std::string before = "SEQRL_CACHE=abc";
  CHECK_THAT(seqrl_in(folder, "info data.hdf5", before).out, !Contains("\nprepared"));
  std::string err;
  checkpoint_of(folder, "dataset.cache=abc", err);
  CHECK_THAT(seqrl_in(folder, "info data.hdf5", before).out, Contains("\nprepared      "));
  CHECK_THAT(seqrl_in(folder, "info data.hdf5 --json", before).out, Contains("\"problem\": \"\""));
  REQUIRE(seqrl_in(folder, "collect env=hopper transitions=500 overwrite=true output=data.hdf5")
              .status == 0);
  CHECK_THAT(seqrl_in(folder, "info data.hdf5", before).out,
             Contains("which was made from an earlier version of the data"));
}

TEST_CASE("without a folder for its prepared copy, a run continues and notes it") {
  const Workspace folder;
  std::string err;
  checkpoint_of(folder, "dataset.cache=data.hdf5/cache", err);
  CHECK_THAT(err, Contains("no prepared copy is kept: cannot create the folder"));
}

TEST_CASE("bench load reports the times of preparing and mapping, and leaves no files") {
  const Workspace folder;
  const Ran ran = seqrl_in(folder, "bench load dataset.path=data.hdf5 --json", "SEQRL_CACHE=abc");
  CHECK(ran.status == 0);
  CHECK_THAT(ran.out, Contains("\"prepare_seconds\"") && Contains("\"map_seconds\""));
  CHECK((!std::filesystem::exists(folder / "abc") || std::filesystem::is_empty(folder / "abc")));
}
