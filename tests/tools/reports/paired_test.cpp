#include "tools/reports/paired.h"

#include <nlohmann/json.hpp>

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/tools/reports/made_run.h"
#include "tools/reports/score_table.h"

using namespace seqrl;
using namespace seqrl::tools;
using Catch::Contains;

TEST_CASE("differences are taken over the tasks and seeds that both learners have") {
  const ValuesByPair learner = {
      {{"a", "1"}, 5}, {{"a", "2"}, 7}, {{"b", "1"}, 1}, {{"c", "1"}, 100}};
  const ValuesByPair baseline = {
      {{"a", "1"}, 4}, {{"a", "2"}, 4}, {{"b", "1"}, 1}, {{"b", "2"}, -9}};
  const auto difference = paired_difference(learner, baseline, 1000, 0);
  REQUIRE(difference);
  CHECK(difference->tasks == 2);
  CHECK(difference->pairs == 3);
  CHECK(difference->iqm == Approx(4.0 / 3));  // of 1, 3, 0
  CHECK(difference->above == Approx(2.5 / 3));
  REQUIRE(difference->interval);
  CHECK(difference->interval->low == Approx(2.0 / 3));  // 1, 1, 0
  CHECK(difference->interval->high == Approx(2));       // 3, 3, 0
  CHECK(!paired_difference(learner, {}, 1000, 0));
  CHECK(!paired_difference({{{"a", "1"}, 5}}, baseline, 1000, 0)->interval);
}

TEST_CASE("a spread over seeds that learners share does not widen a paired interval") {
  const TemporaryFolder folder;
  for (const int seed : {1, 2, 3}) {
    const double luck = 30.0 * seed;
    MadeRun{.seed = seed, .last = luck + 2, .best = luck + 5}.write(folder /
                                                                    fmt::format("a{}", seed));
    MadeRun{.backbone = "gru", .seed = seed, .last = luck, .best = luck}.write(
        folder / fmt::format("b{}", seed));
  }
  const auto groups = read_groups({folder.path().string()});
  TableConfig config;
  CHECK(make_table(groups, config).comparisons.empty());
  config.baseline = "gru";
  const ScoreTable table = make_table(groups, config);
  REQUIRE(table.comparisons.size() == 1);
  const TableComparison& one = table.comparisons[0];
  CHECK(one.learner == "min_gru");
  CHECK(one.last.iqm == Approx(2));
  CHECK(one.last.interval->low == Approx(2));
  CHECK(one.best.iqm == Approx(5));
  CHECK(one.last.above == 1);
  CHECK_THAT(to_markdown(table), Contains("+2.0 [+2.0, +2.0]") && Contains("learner − `gru`"));
  CHECK(to_json(table)["comparisons"][0]["best"]["iqm"] == Approx(5));
  config.baseline = "grU";
  CHECK_THROWS_WITH(make_table(groups, config), Contains("did you mean 'gru'"));
}
