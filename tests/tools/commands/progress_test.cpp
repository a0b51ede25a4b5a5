// Every command that may take long reports its progress.
#include <string>

#include "tests/tools/program/program.h"

using namespace seqrl;
using Catch::Contains;

namespace {

// Starts `seqrl ARGUMENTS`, waits for a progress line on stderr, however slow the machine, and
// interrupts it. All commands run at once, because none prints anything in its first seconds.
std::vector<Ran> until_progress(const TemporaryFolder& folder,
                                const std::vector<std::string>& commands) {
  std::string script = "cd '" + folder.path().string() + "'\n";
  const auto file = [](std::size_t i, const char* what) { return std::to_string(i) + what; };
  for (std::size_t i = 0; i < commands.size(); ++i) {
    script += "( '" SEQRL_PROGRAM "' " + commands[i] + " >" + file(i, ".out") + " 2>" +
              file(i, ".err") +
              " </dev/null & p=$!\n"
              "  n=0; while kill -0 $p 2>/dev/null && ! grep -q ' left$' " +
              file(i, ".err") +
              " && [ $n -lt 600 ]; do sleep 0.1; n=$((n+1)); done\n"
              "  kill -TERM $p 2>/dev/null; wait $p; echo $? >" +
              file(i, ".status") + " ) &\n";
  }
  write_file_atomically(folder / "watch.sh", script + "wait\n");
  REQUIRE(std::system(("bash '" + (folder / "watch.sh").string() + "' 2>/dev/null").c_str()) == 0);
  std::vector<Ran> ran;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    ran.push_back({std::stoi(read_file(folder / file(i, ".status"))),
                   read_file(folder / file(i, ".out")), read_file(folder / file(i, ".err"))});
  }
  return ran;
}

}  // namespace

TEST_CASE("long commands report progress and remaining time, on stderr only") {
  const Workspace folder;
  const auto ran = until_progress(
      folder, {"eval run episodes=100000 mode=window --json", "eval hopper-medium episodes=100000",
               "plot run figures=[targets] targets=100 episodes=100000",
               "collect env=hopper transitions=5000000 output=huge.hdf5",
               "train tiny.yaml output=new backbone.dim=16 backbone.layers=1 training.steps=2 "
               "training.batch=4 training.context=4 training.warmup=0 evaluation.targets=100 "
               "evaluation.episodes=100000"});
  for (const Ran& one : ran) {
    INFO(one.err);
    CHECK(one.status == 1);  // interrupted
    CHECK(one.out.empty());
    CHECK_THAT(one.err, Contains(" left\n"));
  }
  CHECK_THAT(ran[0].err, Contains("evaluate ") && Contains("/100000 episodes ("));
  CHECK_THAT(ran[2].err, Contains("play ") && Contains(" episodes ("));
  CHECK_THAT(ran[3].err, Contains("collect ") && Contains("/5000000 transitions ("));
  CHECK_THAT(ran[4].err, Contains("evaluate ") && Contains("/200000 episodes ("));
}

TEST_CASE("quick commands print only their result") {
  const Workspace folder;
  const Ran ran = seqrl_in(folder, "eval run episodes=1 --json");
  CHECK(ran.status == 0);
  CHECK(ran.err.empty());
}
