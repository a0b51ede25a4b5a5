#include "tools/paper/paper_table.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "configs/base/error.h"
#include "configs/schema/builtin_configs.h"
#include "tests/catch.h"
#include "tests/tools/program/program.h"
#include "tools/paper/experiments.h"
#include "tools/paper/results.h"
#include "tools/reports/curves.h"
#include "tools/shipped_folders.h"

using namespace seqrl;
using namespace seqrl::tools;
using Catch::Contains;

namespace {

const std::string kHead = "experiment,combination,seed,differs,steps,step,";

std::vector<RunFolder> results(const std::string& text) {
  set_builtin_configs(find_shipped_config);
  return read_results(text, "test.csv");
}

PaperRow row_of(const std::string& text, const std::string& learner,
                const std::string& task = "characters") {
  const PaperTable table = make_paper_table(results(text));
  const auto found = std::ranges::find_if(table.rows, [&](const PaperRow& row) {
    return row.number.learner == learner && row.number.task == task;
  });
  REQUIRE(found != table.rows.end());
  return *found;
}

// Test losses of min_gru on Tiny Shakespeare: one line each of seed, step, loss.
std::string shakespeare(const std::vector<std::array<double, 3>>& lines,
                        const std::string& differs = "") {
  std::string text = kHead + "loss,answers\n";
  for (const auto& [seed, step, loss] : lines) {
    text += fmt::format("shakespeare,backbone=min_gru,{},{},2000,{},{},111539\n", seed, differs,
                        step, loss);
  }
  return text;
}

}  // namespace

TEST_CASE("every number of the paper has an experiment, or seqrl has no such model") {
  set_builtin_configs(find_shipped_config);
  const PaperTable table = make_paper_table({});
  CHECK(table.rows.size() > 70);
  for (const PaperRow& row : table.rows) {
    INFO(row.number.experiment << " " << row.number.task << " " << row.number.learner);
    const bool other_model = row.number.learner == "xlstm" ||
                             row.number.learner.starts_with("s4") ||
                             row.number.learner == "decision_s4";
    CHECK((row.verdict == Verdict::no_model) == other_model);
    if (other_model) continue;
    CHECK(row.verdict == Verdict::not_run);
    CHECK(row.command.starts_with("seqrl "));
    CHECK(!row.cost.empty());
  }
}

TEST_CASE("runs that the paper's table does not use are named in its notes") {
  set_builtin_configs(find_shipped_config);
  std::vector<RunFolder> runs(5);
  for (RunFolder& run : runs) run.path = fmt::format("runs/{}", &run - runs.data());
  CHECK(make_paper_table(runs).notes.back() ==
        "left out, because they were not evaluated yet: runs/0, runs/1, runs/2 and 2 more");
  runs.resize(1);
  runs.front().last = {{"loss", 1.0}};
  CHECK(make_paper_table(runs).notes.back() ==
        "left out, because the paper has no number for them: runs/0");
  runs = results(shakespeare({{1, 600, 1.5}}));
  CHECK(make_paper_table(runs).notes.size() == make_paper_table({}).notes.size());
}

TEST_CASE("an unfinished run reproduces a number if its best evaluation is within the tolerance") {
  const PaperRow row = row_of(shakespeare({{1, 550, 1.56}, {1, 600, 1.58}}), "min_gru");
  CHECK(row.verdict == Verdict::reproduced);
  CHECK(*row.measured == 1.56);
  CHECK(!row.interval);
  CHECK(row.step == 600);
  CHECK(row_of(shakespeare({{1, 550, 1.56}}), "min_lstm").verdict == Verdict::not_run);
}

TEST_CASE("a worse run is unfinished before the number's step, and differs after it") {
  CHECK(row_of(shakespeare({{1, 550, 1.6}}), "min_gru").verdict == Verdict::unfinished);
  CHECK(row_of(shakespeare({{1, 600, 1.6}}), "min_gru").verdict == Verdict::differs);
}

TEST_CASE("a number is refuted if two seeds' whole interval is worse by more than the tolerance") {
  const PaperRow row = row_of(shakespeare({{1, 600, 1.60}, {2, 600, 1.64}}), "min_gru");
  CHECK(row.verdict == Verdict::refuted);
  CHECK(row.interval->low == Approx(1.60));
  CHECK(row_of(shakespeare({{1, 600, 1.55}, {2, 600, 1.64}}), "min_gru").verdict ==
        Verdict::differs);
  CHECK(row_of(shakespeare({{1, 600, 1.50}, {2, 600, 1.51}}), "min_gru").verdict ==
        Verdict::exceeded);
}

TEST_CASE("runs with other settings are listed but not counted") {
  const PaperRow row = row_of(shakespeare({{1, 600, 1.55}}, "backbone.dim=128"), "min_gru");
  CHECK(row.verdict == Verdict::not_run);
  CHECK(row.other_settings == std::vector<std::string>{"backbone.dim=128"});
}

TEST_CASE("two runs with the same seed are rejected") {
  const std::string text = shakespeare({{1, 600, 1.55}});
  std::vector<RunFolder> runs = results(text);
  runs.push_back(results(text).front());
  CHECK_THROWS_WITH(make_paper_table(runs), Contains("have the same seed; name only one"));
}

TEST_CASE("accuracies of formal languages are compared on the paper's scale, where 0 is guessing") {
  const PaperRow row = row_of(kHead +
                                  "accuracy\nchomsky,task=cycle_navigation "
                                  "backbone=min_lstm,1,,100000,100000,0.84\n",
                              "min_lstm", "cycle_navigation");
  CHECK(*row.measured == Approx(0.8));
  CHECK(row.verdict == Verdict::reproduced);
}

TEST_CASE("a run belongs to a combination of its learner even if another one is closer") {
  const std::string text =
      kHead +
      "accuracy\nchomsky,task=even_pairs backbone=min_gru,1,backbone.conv=0; backbone.mlp=4; "
      "backbone.state=signed,9,9,1\nchomsky,task=even_pairs "
      "backbone=min_lstm,1,backbone.kind=gru,9,9,1\n";
  CHECK(results_csv(results(text)) == text);
}

TEST_CASE("results are read back as the runs that they were written from") {
  const std::string text =
      shakespeare({{1, 25, 2.25}, {1, 50, 2}, {2, 25, 2.5}}, "backbone.dim=128");
  const std::vector<RunFolder> runs = results(text);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].setting("backbone.dim") == "128");
  CHECK(runs[0].best_step == 50);
  CHECK(runs[0].answers() == 111539);
  CHECK(results_csv(runs) == text);
}

TEST_CASE("invalid results are rejected with the file and the reason") {
  const auto rejected = [](const std::string& text, const std::string& because) {
    CHECK_THROWS_WITH(results(text), Contains("test.csv") && Contains(because));
  };
  rejected("a,b\n", "begins with experiment,combination");
  rejected(kHead + "loss\nshakespear,backbone=min_gru,1,,9,9,1\n", "did you mean 'shakespeare'");
  rejected(kHead + "loss\nshakespeare,backbone=min_gur,1,,9,9,1\n", "backbone=min_gru");
  rejected(kHead + "loss\nshakespeare,backbone=min_gru,1,,9,9\n", ":2: 6 cells");
  rejected(kHead + "loss\nshakespeare,backbone=min_gru,1,,9,9,x\n", "not a number");
}

TEST_CASE("a Tiny Shakespeare curve comes with the paper's point, in the same colour") {
  const auto figures = score_figures(group_runs(results(shakespeare({{1, 25, 2.25}, {1, 50, 2}}))));
  REQUIRE(figures.size() == 1);
  REQUIRE(figures[0].curves.size() == 2);
  const Curve& point = figures[0].curves[1];
  CHECK(point.label == "the paper's min_gru");
  CHECK(point.color_of == 0u);
  CHECK(point.points.at(0).x == 575);
  CHECK(point.points.at(0).mean == 1.548);
}

TEST_CASE("table --paper works in any folder, with shipped results and with given ones") {
  const TemporaryFolder folder;
  const auto json = nlohmann::json::parse(seqrl_in(folder, "table --paper --json").out);
  CHECK(json.at("rows").size() > 70);
  CHECK(json.at("rows")[0].at("command").get<std::string>().starts_with(
      "seqrl sweep configs/paper/shakespeare.yaml 'grid.backbone=[min_gru]'"));
  CHECK_THAT(seqrl_in(folder, "table --paper").out,
             Contains("## d4rl") && Contains("(k)") && Contains("not run"));
  CHECK(seqrl_in(folder, "table --paper --csv").out.starts_with("experiment,task,learner"));
  CHECK(seqrl_in(folder, "table --paper metrics=[score]").status == 2);
  CHECK(seqrl_in(folder, "table --evaluations --json").status == 2);

  write_file_atomically(folder / "a.csv", shakespeare({{1, 575, 1.55}, {2, 575, 1.56}}));
  CHECK_THAT(seqrl_in(folder, "table --paper a.csv").out, Contains("1.555 [1.550, 1.560]"));
  CHECK(seqrl_in(folder, "table --evaluations a.csv").out == read_file(folder / "a.csv"));
  CHECK_THAT(seqrl_in(folder, "table a.csv").out, Contains("1.548"));
  CHECK(seqrl_in(folder, "table --paper '" SEQRL_SOURCE_DIR "/configs/paper/results' --json").out ==
        seqrl_in(folder, "table --paper --json").out);
}

TEST_CASE("table --evaluations writes the results of a run with its differing settings") {
  const TemporaryFolder folder;
  const Ran ran = seqrl_in(folder,
                           "train configs/tasks/chomsky.yaml task=even_pairs training.steps=4 "
                           "evaluation.every=2 training.batch=4 backbone.dim=16 "
                           "task.evaluation_examples=16 training.log_every=1 output=run");
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  const std::string csv = seqrl_in(folder, "table --evaluations run").out;
  CHECK(std::ranges::count(csv, '\n') == 3);
  CHECK_THAT(csv, Contains("chomsky,task=even_pairs backbone=min_lstm,1,") &&
                      Contains("backbone.dim=16; ") && Contains("training.batch=4") &&
                      Contains(",4,2,") && Contains(",16\n"));
}
