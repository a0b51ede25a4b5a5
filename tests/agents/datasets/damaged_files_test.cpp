// Thousands of damaged files: whatever libhdf5 does with one, the caller gets numbers or an Error.
// Slow, so hidden: test_agents "[.fuzz]"; SEQRL_FUZZ_RUNS sets the number of files (2,000).
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "agents/datasets/load.h"
#include "configs/base/files.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

struct Tally {
  int loaded = 0, same = 0, rejected = 0, crashed = 0;
};

// Files with a few changed bytes, mostly in libhdf5's structures.
Tally load_mutants(const std::string& original, int runs, const std::filesystem::path& path) {
  Tally tally;
  std::ofstream(path, std::ios::binary) << original;
  const std::uint64_t fingerprint = load_dataset(path.string()).fingerprint();
  for (int run = 0; run < runs; ++run) {
    Random random(2, Purpose::test, static_cast<std::uint64_t>(run));
    std::string bytes = original;
    const std::uint64_t changes = 1 + random.below(8);
    for (std::uint64_t i = 0; i < changes; ++i) {
      const bool anywhere = random.below(2) == 0;
      const std::size_t at = random.below(anywhere ? bytes.size() : bytes.size() / 4);
      bytes[at] = static_cast<char>(random.below(256));
    }
    if (random.below(20) == 0) bytes.resize(random.below(bytes.size()));
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    try {
      tally.same += load_dataset(path.string()).fingerprint() == fingerprint;
      ++tally.loaded;
    } catch (const Error& error) {
      ++tally.rejected;
      tally.crashed += std::string(error.what()).find("crashed") != std::string::npos;
      INFO("run " << run << ": " << error.what());
      CHECK(error.kind() == ErrorKind::user);
      CHECK(std::string(error.what()).find(path.string()) != std::string::npos);
    }
  }
  return tally;
}

}  // namespace

TEST_CASE("no damaged file crashes the program", "[.fuzz]") {
  const char* wanted = std::getenv("SEQRL_FUZZ_RUNS");
  const int runs = wanted ? std::atoi(wanted) : 2000;
  const TemporaryFolder folder;
  SmallD4rl().write(folder / "original.hdf5");
  const Tally tally =
      load_mutants(read_file(folder / "original.hdf5"), runs, folder / "mutant.hdf5");
  std::cout << runs << " damaged files: " << tally.loaded << " loaded (" << tally.same
            << " with the same numbers), " << tally.rejected
            << " rejected, of which libhdf5 crashed on " << tally.crashed << "\n";
  CHECK(tally.loaded + tally.rejected == runs);
  CHECK(tally.rejected > 0);
}

TEST_CASE("a few damaged files are loaded or rejected without a crash") {
  const TemporaryFolder folder;
  SmallD4rl().write(folder / "original.hdf5");
  const Tally tally = load_mutants(read_file(folder / "original.hdf5"), 30, folder / "mutant.hdf5");
  CHECK(tally.loaded + tally.rejected == 30);
}
