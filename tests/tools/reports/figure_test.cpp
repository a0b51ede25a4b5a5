#include "tools/reports/figure.h"

#include <cstdlib>

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/tools/reports/made_run.h"
#include "tools/reports/curve_labels.h"
#include "tools/reports/curves.h"
#include "tools/reports/drawing.h"
#include "tools/reports/gnuplot_script.h"

using namespace seqrl;
using namespace seqrl::tools;
using Catch::Contains;

namespace {

bool has_gnuplot() {
  return std::system("gnuplot --version >/dev/null 2>&1") == 0;
}

}  // namespace

TEST_CASE("curves are means over seeds with their deviation as a band") {
  const TemporaryFolder folder;
  MadeRun{.seed = 1, .last = 60, .best = 70}.write(folder / "a");
  MadeRun{.seed = 2, .last = 64, .best = 80}.write(folder / "b");
  const auto groups = read_groups({folder.path().string()});
  const auto scores = score_figures(groups);
  REQUIRE(scores.size() == 1);
  CHECK(scores[0].y_label == "normalised score (window, target 3600)");
  REQUIRE(scores[0].curves.size() == 1);
  CHECK(scores[0].curves[0].label == "min_gru, 2 seeds");
  REQUIRE(scores[0].curves[0].points.size() == 2);
  const CurvePoint& last = scores[0].curves[0].points[1];
  CHECK(last.x == 200);
  CHECK(last.mean == 62);
  CHECK(last.high - last.mean == Approx(2.828427));
  CHECK(metric_figures(groups, "loss").at(0).curves.at(0).points.at(0).mean == Approx(0.15));
}

TEST_CASE("a curve ends where its shortest run ends") {
  const TemporaryFolder folder;
  MadeRun{.seed = 1}.write(folder / "a");
  MadeRun{.seed = 2}.write(folder / "b");
  write_file_atomically(folder / "b/metrics.jsonl", "{\"step\": 100, \"loss\": 1}\n{\"step\": 2");
  const auto losses = metric_figures(read_groups({folder.path().string()}), "loss");
  REQUIRE(losses.at(0).curves.at(0).points.size() == 1);
  CHECK(losses[0].curves[0].points[0].x == 100);
}

TEST_CASE("a supervised run has figures of loss and accuracy, and none of targets") {
  const TemporaryFolder folder;
  write_task_run(folder / "a", 0.75);
  const auto groups = read_groups({folder.path().string()});
  const auto figures = make_figures(groups, {}, {}).figures;
  REQUIRE(figures.size() == 2);
  CHECK(figures[0].y_label == "training loss");
  CHECK(figures[1].y_label == "accuracy");
  CHECK(figures[1].curves.at(0).points.at(1).mean == 0.75);
}

TEST_CASE("a figure is written as CSV, SVG and PNG, whatever characters its names contain") {
  const TemporaryFolder folder;
  const Figure figure{
      .name = "it's-1",
      .title = "a \"title\" that isn't_plain $x `y` {z} \\n",
      .x_label = "steps",
      .y_label = "loss",
      .curves = {{"one, 'two'", {{1, 2, 1, 3}, {2, 4, 3, 5}}}, {"b", {{1, 1, 1, 1}}}},
      .identity = true};
  write_csv({figure}, folder / "new/folder");
  CHECK(read_file(folder / "new/folder/it's-1.csv") ==
        "curve,x,mean,low,high\n\"one, 'two'\",1,2,1,3\n\"one, 'two'\",2,4,3,5\nb,1,1,1,1\n");
  if (!has_gnuplot()) {
    WARN("gnuplot is not installed: nothing is plotted");
    return;
  }
  draw(figure, folder.path());
  CHECK_THAT(read_file(folder / "it's-1.svg"),
             Contains("a &quot;title&quot; that isn't_plain $x `y` {z}") ||
                 Contains("that isn't_plain $x `y` {z}"));
  CHECK(read_file(folder / "it's-1.png").starts_with("\x89PNG"));
  CHECK(!std::filesystem::exists(folder / "it's-1.gnuplot.log"));
}

TEST_CASE("a single point is plotted on an axis from zero") {
  if (!has_gnuplot()) return;
  const TemporaryFolder folder;
  const auto ticks = [&](const std::vector<CurvePoint>& points) {
    draw({.name = "f", .curves = {{"a", points}}}, folder.path());
    return read_file(folder / "f.svg");
  };
  CHECK_THAT(ticks({{400, 79.6, 79.6, 79.6}}), !Contains("79.4") && Contains(">60<"));
  CHECK_THAT(ticks({{300, 79.5, 79.5, 79.5}, {400, 79.6, 79.6, 79.6}}), Contains("79.54"));
}

TEST_CASE("negative values are plotted") {
  if (!has_gnuplot()) return;
  const TemporaryFolder folder;
  Figure figure{.name = "f", .curves = {{"a", {}}}, .identity = true};
  for (int i = 1; i <= 12; ++i) {
    const double x = -15.0 * i;
    figure.curves[0].points.push_back({x, x - 5, x - 10, x});
  }
  draw(figure, folder.path());
  const std::string svg = read_file(folder / "f.svg");
  CHECK_THAT(svg, Contains(">-150<") && Contains(">-50<"));
  std::size_t marks = 0;  // one per point, and one in the legend
  for (std::size_t at = 0; (at = svg.find("'#gpPt6'", at)) != std::string::npos; ++at) ++marks;
  CHECK(marks == 12 + 1);
}

TEST_CASE("a figure grows with its legend, and long names are shortened") {
  const auto script = [](std::size_t curves, const std::string& name) {
    Figure figure{.name = "f"};
    for (std::size_t i = 0; i < curves; ++i) {
      figure.curves.push_back({name + std::to_string(i), {{1, 1, 1, 1}, {2, 2, 2, 2}}});
    }
    return gnuplot_script(figure, PictureFormat::svg);
  };
  CHECK_THAT(script(1, "a"), Contains("size 800,504 "));
  CHECK_THAT(script(12, "lr=0.1 "), Contains("size 800,544 ") && Contains("maxcols 4"));
  CHECK_THAT(script(12, std::string(60, 'x')), Contains("size 800,724 ") && Contains("maxcols 1"));
  CHECK_THAT(script(1, std::string(300, 'x')), Contains("…'"));
  CHECK_THAT(script(1, "two\nlines"), !Contains("two\nlines"));
}

TEST_CASE("curves are labelled by what differs among them") {
  const auto group = [](std::string learner,
                        std::vector<std::pair<std::string, std::string>> differences,
                        std::vector<std::string> seeds) {
    RunGroup made{"task", std::move(learner), std::move(differences), "", {}};
    for (const std::string& seed : seeds) {
      made.runs.emplace_back().settings["seed"] = seed;
    }
    return made;
  };
  const auto labels = [](const std::vector<RunGroup>& groups) {
    std::vector<const RunGroup*> all;
    for (const RunGroup& one : groups) all.push_back(&one);
    const CurveLabels named = label_curves(all);
    std::string text;
    for (const std::string& label : named.labels) text += label + "; ";
    return text + named.common;
  };
  using Differences = std::vector<std::pair<std::string, std::string>>;
  const Differences slow = {{"backbone.dim", "64"}, {"training.lr", "0.1"}},
                    fast = {{"backbone.dim", "64"}, {"training.lr", "1"}};
  CHECK(labels({group("gru", {}, {"3"})}) == "gru, seed 3; ");
  CHECK(labels({group("gru", slow, {"1", "2"}), group("gru", fast, {"1", "2"})}) ==
        "dim=64 lr=0.1; dim=64 lr=1; 2 seeds");
  CHECK(labels({group("gru", slow, {"1"}), group("lstm", fast, {"1", "2"})}) ==
        "gru dim=64 lr=0.1, seed 1; lstm dim=64 lr=1, 2 seeds; ");
  // A last word common to two keys says nothing; nor do fingerprints, if something else does.
  CHECK(labels({group("gru", {{"agent.dim", "1"}, {"backbone.dim", "2"}, {"dataset", "7"}}, {"1"}),
                group("gru", {{"agent.dim", "2"}, {"backbone.dim", "2"}, {"dataset", "8"}},
                      {"1"})}) == "agent.dim=1 backbone.dim=2; agent.dim=2 backbone.dim=2; seed 1");
  CHECK(labels({group("gru", {{"dataset", "7"}}, {"1"}),
                group("gru", {{"dataset", "8"}}, {"1"})}) == "dataset=7; dataset=8; seed 1");
}

TEST_CASE("a figure's table has at most twelve rows, including the last") {
  Figure figure{.x_label = "steps", .curves = {{"a", {}}, {"b", {{30, 1234.5, 1234.5, 1234.5}}}}};
  for (int i = 1; i <= 30; ++i) {
    figure.curves[0].points.push_back({double(i), 0.5 * i, 0.5 * i - 0.25, 0.5 * i + 0.25});
  }
  const std::string table = to_markdown(figure);
  CHECK(std::ranges::count(table, '\n') == 2 + 12);
  CHECK_THAT(table, Contains("| steps | a | b |\n|---|---|---|\n| 2 | 1 ± 0.25 | – |"));
  CHECK_THAT(table, Contains("| 30 | 15 ± 0.25 | 1234 |\n"));
}
