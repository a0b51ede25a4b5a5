// The program's descriptions of itself for other programs: completion, manual pages, schemas.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/tools/program/program.h"

using namespace seqrl;
using Catch::Contains;

namespace {

// The completions that bash offers at the end of a line.
std::string completed(const TemporaryFolder& folder, const std::string& line) {
  write_file_atomically(folder / "complete.sh", R"(source completion.bash
COMP_LINE=$1 COMP_POINT=${#1}
read -ra COMP_WORDS <<< "$1"
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
compopt() { :; }
_seqrl
echo "${COMPREPLY[*]}"
)");
  REQUIRE(std::system(fmt::format("cd '{}' && bash complete.sh '{}' > completed.txt",
                                  folder.path().string(), line)
                          .c_str()) == 0);
  return read_file(folder / "completed.txt");
}

}  // namespace

TEST_CASE("bash completes commands, options, config keys and kinds") {
  const TemporaryFolder folder;
  const Ran ran = seqrl_in(folder, "completion bash");
  REQUIRE(ran.status == 0);
  write_file_atomically(folder / "completion.bash", ran.out);
  CHECK(completed(folder, "seqrl tr") == "train track\n");
  CHECK(completed(folder, "seqrl train --re") == "--resume\n");
  CHECK(completed(folder, "seqrl train a.yaml training.warm") == "training.warmup=\n");
  CHECK(completed(folder, "seqrl train a.yaml backbone=min") == "min_gru min_lstm\n");
}

TEST_CASE("completion supports zsh and fish, and suggests a shell for a typo") {
  const TemporaryFolder folder;
  CHECK_THAT(seqrl_in(folder, "completion zsh").out, Contains("#compdef seqrl"));
  CHECK_THAT(seqrl_in(folder, "completion fish").out, Contains("complete -c seqrl"));
  const Ran ran = seqrl_in(folder, "completion fich");
  CHECK(ran.status == 2);
  CHECK_THAT(ran.err, Contains("did you mean 'fish'?"));
}

TEST_CASE("the program and its commands have manual pages") {
  const TemporaryFolder folder;
  CHECK_THAT(seqrl_in(folder, "help --man").out, Contains(".TH") && Contains("seqrl\\-train(1)"));
  const Ran eval = seqrl_in(folder, "help eval --man");
  CHECK_THAT(eval.out, Contains(".SH OPTIONS") && Contains("\\-\\-json"));
  CHECK(seqrl_in(folder, "help evil --man").status == 2);
}

TEST_CASE("the schemas of configs and sweeps are JSON") {
  const TemporaryFolder folder;
  for (const char* topic : {"config", "sweep"}) {
    const auto schema =
        nlohmann::json::parse(seqrl_in(folder, fmt::format("help {} --schema", topic)).out);
    CHECK(schema["type"] == "object");
    CHECK(schema["additionalProperties"] == false);
  }
  const Ran ran = seqrl_in(folder, "help eval --schema");
  CHECK(ran.status == 2);
  CHECK(is_one_line(ran.err));
}
