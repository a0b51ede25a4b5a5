// Runs of supervised tasks in the program.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "configs/base/files.h"
#include "tests/catch.h"
#include "tests/tools/program/program.h"

namespace {

const std::string kTinyModel =
    " backbone.dim=16 backbone.layers=1 training.steps=6 training.batch=4 training.shards=2 "
    "training.warmup=2 training.log_every=2 evaluation.every=3 ";

// A folder with finished runs: selective copying (`copy`), characters (`text`) and even pairs
// (`pairs`).
struct TaskWorkspace : TemporaryFolder {
  TaskWorkspace() {
    const std::string configs = SEQRL_SOURCE_DIR "/configs/tasks/";
    std::ofstream text(*this / "text.txt");
    for (int i = 0; i < 40; ++i) text << "ROMEO: to be, or not to be\n";
    text.close();
    train(configs +
          "selective_copy_short.yaml output=copy task.length=12 task.data=3 "
          "task.evaluation_examples=20");
    train(configs + "shakespeare.yaml output=text task.data=text.txt task.context=8");
    train(configs + "chomsky.yaml output=pairs task.evaluation_examples=20");
  }
  void train(const std::string& arguments) const {
    const Ran ran = seqrl_in(*this, "train " + arguments + kTinyModel);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
  }
  std::string out(const std::string& arguments) const {
    INFO(arguments);
    const Ran ran = seqrl_in(*this, arguments);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    return ran.out;
  }
  nlohmann::ordered_json json(const std::string& arguments) const {
    return nlohmann::ordered_json::parse(out(arguments + " --json"));
  }
};

}  // namespace

TEST_CASE("eval reproduces the recorded scores of a task, and takes other task options") {
  const TaskWorkspace folder;
  const auto recorded = nlohmann::ordered_json::parse(seqrl::read_file(folder / "copy/eval.json"));
  const auto evaluation = folder.json("eval copy");
  CHECK(evaluation.at("task") == "selective_copy");
  for (const char* key : {"accuracy", "loss", "answers"}) {
    CHECK(evaluation.at(key) == recorded.at("last").at(key));
  }
  CHECK(folder.json("eval copy length=30 evaluation_examples=7").at("answers") == 7 * 3);
  CHECK(folder.json("eval copy/checkpoints/best.safetensors task.length=30").at("answers") == 60);
  CHECK_THAT(folder.out("eval text"), Catch::Contains("perplexity"));
  CHECK_THAT(seqrl_in(folder, "eval pairs longest=64").err,
             Catch::Contains("task.longest=64 changes nothing"));
  CHECK(seqrl_in(folder, "eval pairs test_longest=64").err.empty());
  for (const char* wrong : {"eval copy backbone=gru", "eval copy task=even_pairs",
                            "eval copy task.symbols=7", "eval copy evaluation.episodes=3"}) {
    INFO(wrong);
    const Ran ran = seqrl_in(folder, wrong);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
  }
}

TEST_CASE("info describes a task's run without the task's files") {
  const TaskWorkspace folder;
  std::filesystem::remove(folder / "text.txt");
  const auto info = folder.json("info text");
  CHECK(info.at("task") == "characters");
  CHECK(info.at("step") == 6);
  CHECK(info.at("backbone") == "min_gru");
  CHECK(info.at("parameters") > info.at("backbone_parameters"));
  CHECK(info.at("last").at("step") == 6);
  CHECK(!info.at("best").is_null());
  const std::string text = folder.out("info copy");
  for (const char* line : {"selective_copy", "6 of 6", "min_gru, dim 16, 1 layers", "accuracy"}) {
    CHECK_THAT(text, Catch::Contains(line));
  }
  CHECK_THAT(folder.out("info pairs"),
             Catch::Contains("128-256   accuracy") && Catch::Contains(" examples"));
  CHECK_THAT(folder.out("info '" SEQRL_SOURCE_DIR "/configs/tasks/retrieval.yaml'"),
             Catch::Contains("retrieval"));
}

TEST_CASE("sample writes text determined by its settings, without the training text") {
  const TaskWorkspace folder;
  std::filesystem::remove(folder / "text.txt");
  const std::string text = folder.out("sample text prompt=ROMEO: characters=30 seed=3");
  CHECK(text.starts_with("ROMEO:"));
  CHECK(text.size() == 6 + 30 + 1);
  CHECK(folder.out("sample text prompt=ROMEO: characters=30 seed=3") == text);
  CHECK(folder.out("sample text prompt=ROMEO: characters=30 seed=4") != text);
  CHECK(folder.out("sample text prompt=ROMEO: characters=30 seed=3 temperature=0") ==
        folder.out("sample text prompt=ROMEO: characters=30 seed=4 top_k=1"));
  const auto rejected = [&](const std::string& arguments, const char* because) {
    const Ran ran = seqrl_in(folder, arguments);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains(because));
  };
  rejected("sample text prompt=Q", "the character 'Q' is not among the");
  rejected("sample text temprature=1", "temperature");
  rejected("sample copy", "only a model of characters");
}

TEST_CASE("ctrl-C ends a sample of unlimited length") {
  const TaskWorkspace folder;
  const Ran ran = seqrl_in(folder, "sample text characters=0",
                           "timeout --foreground --preserve-status -s INT 3");
  CHECK(ran.status == 0);
  CHECK(ran.err.empty());
  CHECK(ran.out.size() > 2);
  CHECK(ran.out.ends_with("\n"));
}

TEST_CASE("tables and reports include runs of tasks") {
  const TaskWorkspace folder;
  const auto rows = folder.json("table copy text").at("rows");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].at("task") == "selective_copy");
  CHECK(rows[0].at("metric") == "accuracy");
  CHECK(rows[1].at("task") == "text");  // named after its file
  CHECK(rows[1].at("metric") == "loss");
  CHECK(rows[1].at("published").empty());
  for (const auto& row : rows) CHECK(row.at("steps_per_second") > 0);
  folder.out("report copy");
  const std::string page = seqrl::read_file(folder / "copy/report.html");
  CHECK_THAT(page, Catch::Contains("min_gru on selective_copy") && !Catch::Contains("none yet"));
}
