// How commands handle a run with damaged, truncated or exchanged files.
#include <filesystem>
#include <map>
#include <string>

#include "tests/tools/program/program.h"

using namespace seqrl;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().string()] = read_file(entry.path());
  }
  return files;
}

std::string with_flipped_bit(std::string bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
  return bytes;
}

// The error line of a command that rejects a run and leaves it unchanged.
std::string refusal(const TemporaryFolder& folder, const std::string& command) {
  const auto before = files_in(folder / "run");
  const Ran ran = seqrl_in(folder, command);
  INFO(command << ": " << ran.err);
  CHECK(ran.status == 2);
  CHECK(is_one_line(ran.err));
  CHECK((files_in(folder / "run") == before));
  return ran.err;
}

// A folder with a SAC run of 30 steps, and another run with a different seed.
struct SacRuns : TemporaryFolder {
  SacRuns() {
    write_file_atomically(
        *this / "sac.yaml",
        "env: hopper\nagent: {kind: sac, dim: 8, batch: 4, random_steps: 10}\ndevice: cpu\n"
        "training: {steps: 30, shards: 2, threads: 1, checkpoint_every: 10}\n"
        "evaluation: {every: 100, episodes: 1}\noutput: run\n");
    REQUIRE(seqrl_in(*this, "train sac.yaml").status == 0);
    REQUIRE(seqrl_in(*this, "train sac.yaml seed=2 output=other").status == 0);
  }
};

}  // namespace

TEST_CASE("commands that read a checkpoint detect a flipped bit in it") {
  const Workspace folder;
  const fs::path checkpoint = folder / "run/checkpoints/last.safetensors";
  const std::string whole = read_file(checkpoint);
  REQUIRE(seqrl_in(folder, "info " + checkpoint.string()).status == 0);
  for (std::size_t i = 0; i < 20; ++i) {  // also in the header, where the first ones are
    const std::size_t bit = i < 4 ? 8 * (200 + 50 * i) + i : 8 * whole.size() * i / 20 + i % 8;
    write_file_atomically(checkpoint, with_flipped_bit(whole, bit));
    INFO("bit " << bit << " of " << 8 * whole.size());
    CHECK_THAT(refusal(folder, "info " + checkpoint.string()), Contains("last.safetensors"));
  }
  for (const char* command :
       {"eval run episodes=1", "train --resume run training.steps=8", "export run exported",
        "collect env=hopper policy=run transitions=10 output=x.hdf5"}) {
    CHECK_THAT(refusal(folder, command), Contains("last.safetensors: damaged") &&
                                             Contains("copy run/checkpoints/previous.safetensors"));
  }
  write_file_atomically(checkpoint, whole);
  REQUIRE(seqrl_in(folder, "export run exported onnx=false").status == 0);
  const std::string model = read_file(folder / "exported/model.safetensors");
  write_file_atomically(folder / "exported/model.safetensors",
                        with_flipped_bit(model, 8 * model.size() - 100));
  CHECK_THAT(refusal(folder, "eval exported episodes=1"),
             Contains("exported/model.safetensors: damaged"));
}

TEST_CASE("a replay.bin that is not the run's is rejected, and nothing is changed") {
  const SacRuns folder;
  const fs::path replay = folder / "run/replay.bin";
  const std::string whole = read_file(replay), other = read_file(folder / "other/replay.bin");
  REQUIRE(whole.size() == other.size());
  const auto is_refused = [&](const std::string& content, const std::string& what) {
    INFO(what);
    write_file_atomically(replay, content);
    for (const char* command :
         {"train --resume run training.steps=40", "collect env=hopper replay=run output=x.hdf5"}) {
      CHECK_THAT(refusal(folder, command), Contains("run/replay.bin: ") && Contains(what));
    }
    CHECK(!fs::exists(folder / "x.hdf5"));
  };
  is_refused("", "not a replay buffer");
  is_refused(std::string(whole.size(), '\0'), "not a replay buffer");
  is_refused(whole.substr(0, 64), "cut short");
  is_refused(whole.substr(0, whole.size() - 1), "cut short: it holds 29 of the 30 transitions");
  is_refused(other, "belongs to another run");
  for (std::size_t i = 0; i < 10; ++i) {
    is_refused(with_flipped_bit(whole, 8 * whole.size() * i / 10 + i % 8), "");
  }
  fs::remove(replay);
  CHECK_THAT(refusal(folder, "train --resume run"), Contains("run/replay.bin: missing"));
  write_file_atomically(folder / "elsewhere.bin", whole);
  fs::create_symlink(folder / "elsewhere.bin", replay);
  CHECK_THAT(refusal(folder, "train --resume run training.steps=40"),
             Contains("run/replay.bin: is a symbolic link"));
  CHECK(read_file(folder / "elsewhere.bin") == whole);
  fs::remove(replay);
  write_file_atomically(replay, whole);
  CHECK(seqrl_in(folder, "train --resume run training.steps=40").status == 0);
}

TEST_CASE("truncating replay.bin during training is an error and leaves a usable buffer") {
  const TemporaryFolder folder;
  write_file_atomically(
      folder / "sac.yaml",
      "env: hopper\nagent: {kind: sac, dim: 8, batch: 4}\ndevice: cpu\n"
      "training: {steps: 100000, threads: 1, checkpoint_every: 10, log_every: 10}\n"
      "evaluation: {every: 100000}\noutput: run\n");
  const std::string script = "cd '" + folder.path().string() +
                             "' || exit 1\n'" SEQRL_PROGRAM
                             "' train sac.yaml >out.txt 2>err.txt &\n"
                             "while [ \"$(cat run/metrics.jsonl 2>/dev/null | wc -l)\" -lt 5 ]; do "
                             "kill -0 $! || exit 1; done\n"
                             ": >run/replay.bin\nwait $!; echo $? >status.txt\n";
  REQUIRE(std::system(script.c_str()) == 0);
  CHECK(read_file(folder / "status.txt") == "1\n");
  const std::string err = read_file(folder / "err.txt");
  CHECK_THAT(err, Contains("run/replay.bin: was truncated or replaced while the run was using it"));
  CHECK(seqrl_in(folder, "collect env=hopper replay=run output=x.hdf5").status == 0);
}
