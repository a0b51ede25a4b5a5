#include <nlohmann/json.hpp>

#include "agents/datasets/summary.h"

#include "agents/datasets/load.h"
#include "agents/datasets/trajectories_builder.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

TEST_CASE("quantiles match NumPy's") {
  const Distribution values = Distribution::of({4, 1, 3, 2});  // numpy.percentile(…, 25) = 1.75
  CHECK(values.min == 1);
  CHECK(values.first_quartile == 1.75);
  CHECK(values.median == 2.5);
  CHECK(values.third_quartile == 3.25);
  CHECK(values.max == 4);
  CHECK(values.mean == 2.5);
  CHECK(Distribution::of({5}).third_quartile == 5);
}

TEST_CASE("a summary of a hopper file has scores, episode ends, lengths and a note on the tail") {
  const TemporaryFolder folder;
  SmallD4rl().write(folder / "hopper-medium.hdf5");
  const Trajectories data = load_dataset((folder / "hopper-medium.hdf5").string());
  const DatasetSummary summary = summarize(data);
  CHECK(summary.episodes == 2);
  CHECK(summary.transitions == 7);
  CHECK(summary.terminated == 1);
  CHECK(summary.timeouts == 1);
  CHECK(summary.lengths.mean == 3.5);
  REQUIRE(summary.scores);
  const ReferenceReturns hopper = *reference_returns("hopper");
  CHECK(summary.scores->median == Approx(hopper.normalized(summary.returns.median)));
  CHECK(summary.scores->max == Approx(hopper.normalized(summary.returns.max)));

  const std::string text = to_text(summary);
  CHECK_THAT(text, ContainsSubstring("2 (1 terminated, 1 timed out, 0 cut)"));
  CHECK_THAT(text, ContainsSubstring("note: 3 transitions of an episode without an end"));
  CHECK(std::count(text.begin(), text.end(), '\n') <= 24);

  const nlohmann::json json = to_json(summary);
  CHECK(json["env"] == "hopper");
  CHECK(json["layout"] == "D4RL v2");
  CHECK(json["ends"]["timeout"] == 1);
  CHECK(json["returns"]["mean"] == summary.returns.mean);
  CHECK(json["fingerprint"] == fingerprint_text(data.fingerprint()));
  CHECK(json["fingerprint"].get<std::string>().size() == 16);
}

TEST_CASE("a dataset of an unknown environment has no scores") {
  TrajectoriesBuilder builder(1, 1);
  for (int i = 0; i < 1234; ++i) builder.add_step(std::vector<float>{1}, std::vector<float>{-3}, 1);
  builder.end_episode(EndKind::terminated);
  const DatasetSummary summary = summarize(std::move(builder).build());
  CHECK_FALSE(summary.scores);
  CHECK(summary.action_min == -3);
  CHECK_THAT(to_text(summary), ContainsSubstring("transitions   1,234\n"));
  CHECK(to_json(summary)["env"].is_null());
  CHECK(to_json(summary)["scores"].is_null());
}

TEST_CASE("returns, lengths and the fingerprint cover only complete episodes") {
  const auto add = [](TrajectoriesBuilder& builder, int steps, float reward) {
    for (int i = 0; i < steps; ++i) {
      builder.add_step(std::vector<float>{1}, std::vector<float>{0.5f}, reward);
    }
  };
  TrajectoriesBuilder whole(1, 1), cut(1, 1);
  for (TrajectoriesBuilder* builder : {&whole, &cut}) {
    add(*builder, 3, 1);
    builder->end_episode(EndKind::terminated);
    if (builder == &cut) {
      add(cut, 2, 100);
      cut.end_episode(EndKind::cut);
    }
    add(*builder, 5, 1);
    builder->end_episode(EndKind::timeout);
  }
  const Trajectories complete = std::move(whole).build();
  const DatasetSummary summary = summarize(std::move(cut).build({}, {.keep_cut_episodes = true}));
  CHECK(summary.cut == 1);
  CHECK(summary.transitions == 10);
  CHECK(summary.returns.mean == 4);
  CHECK(summary.lengths.max == 5);
  CHECK(summary.fingerprint == complete.fingerprint());
  CHECK_THAT(to_text(summary), ContainsSubstring("of the 2 complete episodes"));
}
