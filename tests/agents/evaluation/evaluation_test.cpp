#include "agents/evaluation/evaluation.h"

#include <nlohmann/json.hpp>

#include "tests/catch.h"

using namespace seqrl;
using Catch::Contains;

namespace {

// An episode of steps that optionally report whether the task is solved.
EpisodeResult played(const std::vector<std::optional<bool>>& said, bool valid = true) {
  EpisodeResult result{.target = std::nullopt, .seed = 0};
  for (const std::optional<bool>& success : said) {
    result.add({.reward = 1, .invalid = !valid, .success = success});
  }
  return result;
}

Evaluation evaluation_of(const std::vector<EpisodeResult>& episodes) {
  Evaluation evaluation{.env = "maze", .mujoco_version = "0"};
  evaluation.targets.push_back(
      TargetResult::of(ActMode::stream, std::nullopt, episodes, std::nullopt));
  return evaluation;
}

}  // namespace

TEST_CASE("an episode is a success if any of its steps is") {
  CHECK_FALSE(played({std::nullopt, std::nullopt}).success.has_value());
  CHECK(played({false, true, false}).success == true);
  CHECK(played({false, false}).success == false);
}

TEST_CASE("the success rate is the share of valid episodes that solved the task") {
  const std::vector<EpisodeResult> episodes = {played({false, true}), played({false}),
                                               played({true}), played({false}),
                                               played({true}, false)};
  const Evaluation evaluation = evaluation_of(episodes);
  CHECK(evaluation.targets[0].success_mean == 0.5);
  CHECK(evaluation.ranking() == evaluation.targets[0].return_mean);
  CHECK(to_json(evaluation)["targets"][0]["success_mean"] == 0.5);
  CHECK_THAT(to_text(evaluation), Contains("length   success\n") && Contains("    50.0 %\n"));
}

TEST_CASE("an environment that does not report success has no success rate") {
  const Evaluation evaluation = evaluation_of({played({std::nullopt})});
  CHECK_FALSE(evaluation.targets[0].success_mean.has_value());
  CHECK_FALSE(to_json(evaluation)["targets"][0].contains("success_mean"));
  CHECK_THAT(to_text(evaluation), !Contains("success"));
}
