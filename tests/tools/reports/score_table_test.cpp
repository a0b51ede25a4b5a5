#include "tools/reports/score_table.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "agents/config/agent_kind.h"
#include "configs/base/error.h"
#include "models/training/checkpoint.h"
#include "tests/catch.h"
#include "tests/tools/reports/made_run.h"

using namespace seqrl;
using namespace seqrl::tools;
using Catch::Contains;

namespace {

ScoreTable table_of(const TemporaryFolder& folder, const TableConfig& config = {}) {
  return make_table(read_groups({folder.path().string()}), config);
}

// A run checkpoint's record of its data.
void write_facts(const std::filesystem::path& run, const std::string& facts) {
  make_folder(run / "checkpoints");
  CheckpointWriter checkpoint;
  checkpoint.add_text("dataset", "hopper, 3 transitions: 9 episodes, 100000 transitions");
  if (!facts.empty()) checkpoint.add_text("dataset_facts", facts);
  checkpoint.write(run / "checkpoints/last.safetensors");
}

}  // namespace

TEST_CASE("runs that differ only in their seed share a row, with last and best scores") {
  const TemporaryFolder folder;
  MadeRun{.seed = 1, .last = 60, .best = 70}.write(folder / "a");
  MadeRun{.seed = 2, .last = 64, .best = 80}.write(folder / "b");
  MadeRun{.backbone = "gru", .seed = 1, .last = 50, .best = 50}.write(folder / "deep/c");
  const ScoreTable table = table_of(folder);
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].learner == "gru");
  CHECK(!table.rows[0].last.moments->std);
  CHECK(!table.rows[0].last.interval);
  const TableRow& row = table.rows[1];
  CHECK(row.task == "hopper-medium");
  CHECK(row.measure == "window/3600/score");
  CHECK(row.seeds == std::vector<std::string>{"1", "2"});
  CHECK(row.last.moments->mean == 62);
  CHECK(*row.last.moments->std == Approx(2.828427));
  CHECK(row.best.moments->mean == 75);
  CHECK(*row.last.iqm == 62);
  CHECK(row.last.interval->low == 60);
  CHECK(row.last.interval->high == 64);
}

TEST_CASE("runs that differ in another setting are not averaged, and the row names it") {
  const TemporaryFolder folder;
  MadeRun{.seed = 1}.write(folder / "a");
  MadeRun{.more = "evaluation: {episodes: 5}\n", .seed = 2}.write(folder / "b");
  const ScoreTable table = table_of(folder);
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].variant.empty());
  CHECK(table.rows[1].variant == "evaluation.episodes=5");
}

TEST_CASE("a copy of a run is rejected, and a folder given twice counts once") {
  const TemporaryFolder folder;
  MadeRun{}.write(folder / "a");
  MadeRun{}.write(folder / "b");
  CHECK_THROWS_WITH(table_of(folder), Contains("are the same run"));
  CHECK(find_runs({(folder / "a").string(), (folder / "*").string()}).size() == 2);
}

TEST_CASE("a learner's scores on several tasks are pooled, with each task as a stratum") {
  const TemporaryFolder folder;
  MadeRun{.seed = 1, .last = 10, .best = 10}.write(folder / "a");
  MadeRun{.seed = 2, .last = 20, .best = 20}.write(folder / "b");
  for (int seed : {1, 2}) {
    MadeRun{.dataset = "ant.hdf5", .seed = seed, .last = 90, .best = 90}.write(
        folder / std::to_string(seed));
  }
  const ScoreTable table = table_of(folder);
  REQUIRE(table.aggregates.size() == 1);
  const TableAggregate& all = table.aggregates[0];
  CHECK(all.tasks == std::vector<std::string>{"ant", "hopper-medium"});
  CHECK(all.last_iqm == Approx((20 + 90) / 2.0));
  CHECK(all.last_interval.low == Approx((10 + 90) / 2.0));
  CHECK(all.last_interval.high == Approx((20 + 90) / 2.0));
}

TEST_CASE("a metric that no best evaluation has is pooled over the last ones alone") {
  const TemporaryFolder folder;
  for (const std::string data : {"hopper-medium", "walker2d-medium"}) {
    MadeRun{.dataset = data + ".hdf5"}.write(folder / data);
    // The second target was another when the best evaluation was made.
    std::string text = read_file(folder / data / "eval.json");
    text.replace(text.rfind("1800.0"), 6, "900.0");
    text.replace(text.find("null"), 4, "7");
    write_file_atomically(folder / data / "eval.json", text);
  }
  const ScoreTable table = table_of(folder, {.metrics = {"window/1800/score"}});
  REQUIRE(table.aggregates.size() == 1);
  CHECK(table.aggregates[0].last_iqm == 7);
  CHECK(std::isnan(table.aggregates[0].best_iqm));
  CHECK_THAT(to_markdown(table), Contains("| 7.0 [7.0, 7.0] "));
  CHECK_THAT(to_json(table).dump(), Contains("\"best_iqm\":null"));
}

TEST_CASE("published numbers are listed only for datasets with D4RL's names, marked as quoted") {
  const TemporaryFolder folder;
  MadeRun{.dataset = "hopper_medium-v2.hdf5"}.write(folder / "a");
  MadeRun{.dataset = "hopper-random.hdf5"}.write(folder / "b");
  MadeRun{.backbone = "gru"}.write(folder / "c");
  for (const char* run : {"a", "b", "c"}) {
    write_facts(folder / run, R"({"transitions": 999906})");
  }
  const ScoreTable table = table_of(folder);
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[0].published.empty());  // hopper-medium, gru
  CHECK(table.rows[1].published.empty());  // hopper-random
  REQUIRE(table.rows[2].published.size() == 1);
  CHECK(table.rows[2].published[0].value == 79.4);
  CHECK_THAT(to_markdown(table), Contains("79.4 (f, quoted)") && Contains("quoted from memory") &&
                                     Contains("is not the D4RL file"));
  CHECK(to_json(table)["rows"][2]["published"][0]["quoted_from_memory"] == true);
}

TEST_CASE("published numbers are not listed for data of another size") {
  const TemporaryFolder folder;
  const auto published = [&](const std::string& facts) {
    MadeRun{}.write(folder / "a");
    write_facts(folder / "a", facts);
    return table_of(folder).rows.at(0).published.size();
  };
  CHECK(published(R"({"transitions": 999906})") == 1);  // the end was cut off
  CHECK(published(R"({"transitions": 100000})") == 0);
  CHECK(published("") == 0);  // from an older run: unknown

  const auto of_text = [](std::optional<std::int64_t> answers) {
    return published_for_task("characters", "min_gru", "loss", answers).size();
  };
  CHECK(of_text(111539) == 1);
  CHECK(of_text(5000) == 0);
  CHECK(of_text(std::nullopt) == 0);
}

TEST_CASE("published numbers are listed only for version 2 of a dataset") {
  register_builtin_agents();
  const auto published = [](const char* name, DataFacts facts = {}) {
    facts.transitions = 999906;
    return published_for_agent("decision_transformer", "min_gru", name, "score", facts).size();
  };
  CHECK(published("hopper-medium") == 1);  // not stated
  CHECK(published("hopper-medium-v2") == 1);
  for (const char* name : {"hopper-medium-v0", "hopper_medium-v1", "hopper-medium-v3",
                           "mujoco/hopper/medium-v0", "mujoco-hopper-medium-v2"}) {
    INFO(name);
    CHECK(published(name) == 0);
  }
  CHECK(published("hopper-medium-v2", {.id = "mujoco/hopper/medium-v0"}) == 0);
}

TEST_CASE("published numbers are not listed for data that differs from D4RL's") {
  register_builtin_agents();
  const auto published = [](const DataFacts& facts, const char* agent = "decision_transformer",
                            const char* backbone = "min_gru", const char* measure = "score") {
    return published_for_agent(agent, backbone, "hopper_medium-v2", measure, facts).size();
  };
  const DataFacts own{.env = "hopper",
                      .layout = "D4RL v2",
                      .stated_env = "",
                      .transitions = 999906,
                      .return_mean = 1422};
  CHECK(published(own) == 1);
  CHECK(published({.transitions = 999906}) == 1);  // nothing else is known
  CHECK(published({}) == 0);
  DataFacts other = own;
  other.return_mean = 1303;  // from another policy
  CHECK(published(other) == 0);
  other = own;
  other.stated_env = "hopper";  // D4RL's own does not state it
  CHECK(published(other) == 0);
  other = own;
  other.env = "mjcf";
  CHECK(published(other) == 0);
  other = own;
  other.layout = "Minari";
  CHECK(published(other) == 0);

  // Nor next to another agent, backbone or measure.
  CHECK(published(own, "behavior_cloning") == 0);
  CHECK(published(own, "of_a_plugin") == 0);
  CHECK(published(own, "decision_transformer", "gru") == 0);
  CHECK(published(own, "decision_transformer", "min_gru", "return") == 0);
}

TEST_CASE("published scores match the backbone only if the agent reads sequences") {
  const PublishedScore score{.dataset = "hopper-medium", .score = 50, .source = "us", .mark = 'u'};
  PublishedScore of_backbone = score;
  of_backbone.backbone = "min_gru";
  of_backbone.score = 60;
  add_agent_kind("report_test_imitator", {.published = {score, of_backbone}});
  add_agent_kind("report_test_reader", {.reads_sequences = true, .published = {of_backbone}});
  const auto published = [](const char* agent) {
    return published_for_agent(agent, "min_gru", "hopper-medium", "stream/1/score",
                               {.transitions = 1000000});
  };
  const auto imitator = published("report_test_imitator"), reader = published("report_test_reader");
  REQUIRE(imitator.size() == 1);
  CHECK(imitator[0].value == 50);
  REQUIRE(reader.size() == 1);
  CHECK(reader[0].value == 60);
}

TEST_CASE("the facts of an exported run's data are read from its weights file") {
  const TemporaryFolder folder;
  MadeRun{}.write(folder / "a");
  CheckpointWriter checkpoint;
  checkpoint.add_text("dataset", "hopper-medium.hdf5: 9 episodes, 1000000 transitions");
  checkpoint.add_text("dataset_facts", R"({"layout": "D4RL v2", "return_mean": 3000})");
  checkpoint.write(folder / "a/model.safetensors");
  CHECK(table_of(folder).rows.at(0).published.empty());
}

TEST_CASE("a supervised run has a row with its accuracy") {
  const TemporaryFolder folder;
  write_task_run(folder / "a", 0.75);
  ScoreTable table = table_of(folder);
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0].task == "selective_copy");
  CHECK(table.rows[0].learner == "min_lstm");
  CHECK(table.rows[0].measure == "accuracy");
  CHECK(table.rows[0].last.moments->mean == 0.75);
  CHECK(!table.rows[0].last.iqm);
  REQUIRE(table.rows[0].published.size() == 1);
  CHECK(table.rows[0].published[0].value == 0.96);
  CHECK_THAT(to_markdown(table),
             Contains("0.960 (s)") && Contains("sequences of 4096") && !Contains("D4RL"));
  CHECK(table.rows[0].steps_per_second == 12.5);
  TableConfig config;
  config.metrics = {"buckets/40-63/*", "loss"};
  table = table_of(folder, config);
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].last.moments->mean == 0.5);
  CHECK(table.rows[1].last.moments->mean == 0.25);
}

TEST_CASE("metrics select the rows, and an unknown metric is rejected with the known ones") {
  const TemporaryFolder folder;
  MadeRun{}.write(folder / "a");
  TableConfig config;
  config.metrics = {"return"};
  CHECK(table_of(folder, config).rows.size() == 2);
  config.metrics = {"window/*/score"};
  CHECK(table_of(folder, config).rows.size() == 2);
  config.metrics = {"accuracy"};
  CHECK_THROWS_WITH(table_of(folder, config), Contains("window/3600/score"));
}

TEST_CASE("a run without an evaluation is left out, and a note names it") {
  const TemporaryFolder folder;
  MadeRun{.seed = 1}.write(folder / "a");
  MadeRun{.seed = 2}.write(folder / "b");
  std::filesystem::remove(folder / "b/eval.json");
  const ScoreTable table = table_of(folder);
  CHECK(table.rows.at(0).seeds == std::vector<std::string>{"1"});
  CHECK_THAT(to_markdown(table), Contains("b: not evaluated yet, left out"));
  std::filesystem::remove(folder / "a/eval.json");
  CHECK_THROWS_WITH(table_of(folder), Contains("none of these runs has been evaluated yet"));
}

TEST_CASE("a note names a run that was evaluated differently before") {
  const TemporaryFolder folder;
  MadeRun{}.write(folder / "a");
  auto json = nlohmann::json::parse(read_file(folder / "a/eval.json"));
  json["earlier_best"] = {{{"step", 50}, {"until", 60}}};
  write_file_atomically(folder / "a/eval.json", json.dump());
  CHECK_THAT(to_markdown(table_of(folder)), Contains("a: evaluated differently until step 60"));
}

TEST_CASE("a damaged file and a folder without runs are rejected by name") {
  const TemporaryFolder folder;
  MadeRun{}.write(folder / "a");
  write_file_atomically(folder / "a/eval.json", "[1");
  CHECK_THROWS_WITH(table_of(folder), Contains("eval.json"));
  CHECK_THROWS_WITH(find_runs({(folder / "nothing").string()}),
                    Contains("found there or below it"));
}

TEST_CASE("a CSV has a line per row, and cells with commas are quoted") {
  const TemporaryFolder folder;
  MadeRun{.more = "evaluation: {mode: [window, stream]}\n", .last = 61.5}.write(folder / "a");
  MadeRun{}.write(folder / "b");
  const std::string csv = to_csv(table_of(folder));
  CHECK(std::ranges::count(csv, '\n') == 3);
  CHECK_THAT(csv, Contains("\"evaluation.mode=window, stream\"") && Contains(",61.5,"));
}
