#include "agents/datasets/merge.h"

#include <algorithm>
#include <map>

#include "agents/datasets/hold_out.h"
#include "agents/datasets/trajectories_builder.h"
#include "agents/datasets/windows.h"
#include "configs/base/error.h"
#include "tests/catch.h"

using namespace seqrl;
using Catch::Contains;

namespace {

// `episodes` episodes of 5 steps with all observations equal to `value`.
Trajectories set_of(float value, int episodes, DatasetSource source = {}) {
  TrajectoriesBuilder builder(2, 1);
  for (int i = 0; i < episodes; ++i) {
    for (int t = 0; t < 5; ++t) {
      builder.add_step(std::vector{value, value}, std::vector{0.5f}, value);
    }
    builder.end_episode(EndKind::terminated);
  }
  if (source.path.empty()) source.path = fmt::format("set{}", value);
  return std::move(builder).build(std::move(source));
}

Trajectories merged(std::vector<double> weights) {
  std::vector<Trajectories> sets;
  sets.push_back(set_of(1, 4));
  sets.push_back(set_of(2, 2));
  return merge(std::move(sets), weights, false);
}

// How many of `windows` windows begin in each set.
std::map<float, int> draws(const Trajectories& data, int windows) {
  const WindowSampler sampler(data, 2, 1, 7);
  std::map<float, int> counts;
  for (int i = 0; i < windows; ++i) {
    const Window window = sampler.window(static_cast<std::uint64_t>(i / 64), i % 64);
    const Episode& episode = data.episodes()[static_cast<std::size_t>(window.episode)];
    ++counts[data.observations()[static_cast<std::size_t>(2 * (episode.begin + window.start))]];
  }
  return counts;
}

std::string rejection_of(Trajectories a, Trajectories b, bool any_env = false) {
  std::vector<Trajectories> sets;
  sets.push_back(std::move(a));
  sets.push_back(std::move(b));
  try {
    merge(std::move(sets), {}, any_env);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("several datasets are merged into one, episode after episode") {
  const Trajectories data = merged({});
  CHECK(data.transitions() == 30);
  CHECK(data.episodes().size() == 6);
  CHECK(data.source().path == "set1, set2");
  REQUIRE(data.source().parts.size() == 2);
  CHECK(data.source().parts[1].path == "set2");
  CHECK(data.source().parts[1].episodes == 2);
  CHECK(data.source().parts[1].transitions == 10);
  CHECK(data.observation_mean()[0] == Approx((20 * 1 + 10 * 2) / 30.0));
  CHECK(data.returns()[0] == 5);
  CHECK(data.returns()[5] == 10);
  CHECK(data.fingerprint() == merged({2, 1}).fingerprint());  // of the data, not of the draws
}

TEST_CASE("a single dataset is unchanged, and equal weights sample windows as from one file") {
  std::vector<Trajectories> one;
  one.push_back(set_of(1, 4));
  const Trajectories alone = merge(std::move(one), std::vector<double>{3}, false);
  CHECK(alone.fingerprint() == set_of(1, 4).fingerprint());
  CHECK(alone.source().path == "set1");

  const Trajectories even = merged({}), tripled = merged({3, 3});
  const WindowSampler a(even, 3, 1, 7), b(tripled, 3, 1, 7);
  for (std::int64_t row = 0; row < 200; ++row) {
    // The draws before weights existed: one transition, uniform over all.
    Random random(7, Purpose::batch, 5, static_cast<std::uint32_t>(row));
    const auto drawn = static_cast<std::int64_t>(random.below(30));
    for (const WindowSampler* sampler : {&a, &b}) {
      const Window window = sampler->window(5, row);
      CHECK(window.episode * 5 + window.start == drawn);
    }
  }
}

TEST_CASE("a weight scales how often windows are sampled from a dataset") {
  const int windows = 64'000;
  // Transitions 20 : 10; with weights (1, 6) 20 : 60, with (0.5, 0.25) 10 : 2.5.
  const auto share = [&](std::vector<double> weights) {
    return static_cast<double>(draws(merged(std::move(weights)), windows)[2]) / windows;
  };
  const double tolerance = 0.01;  // five standard deviations
  CHECK(share({}) == Approx(1.0 / 3).margin(tolerance));
  CHECK(share({1, 6}) == Approx(0.75).margin(tolerance));
  CHECK(share({0.5, 0.25}) == Approx(0.2).margin(tolerance));
  CHECK(share({1e-9, 1}) > 0.9999);
}

TEST_CASE("weights become integer tickets, divided by their greatest common divisor") {
  const auto tickets = [](std::vector<double> weights) {
    const WindowShares shares = window_shares(merged(std::move(weights)));
    return std::pair(shares.shares[0].tickets, shares.shares[1].tickets);
  };
  CHECK(tickets({2, 1}) == std::pair<std::int64_t, std::int64_t>(2, 1));
  CHECK(tickets({4, 6}) == std::pair<std::int64_t, std::int64_t>(2, 3));
  CHECK(tickets({0.5, 0.25}) == std::pair<std::int64_t, std::int64_t>(2, 1));
  CHECK(window_shares(merged({5, 5})).count == 1);
  CHECK(window_shares(merged({5, 5})).tickets() == 30);
}

TEST_CASE("episodes of several datasets keep their weights when some are held out") {
  const HoldOut parts = hold_out(merged({1, 6}), 0.5, 1);
  for (const Trajectories* part : {&parts.training, &parts.held_out}) {
    for (const Episode& episode : part->episodes()) {
      const float value = part->observations()[static_cast<std::size_t>(2 * episode.begin)];
      CHECK(episode.weight == (value == 1 ? 1 : 6));
    }
  }
}

TEST_CASE("incompatible datasets are rejected with both named") {
  TrajectoriesBuilder wide(3, 1);
  wide.add_step(std::vector{1.0f, 1.0f, 1.0f}, std::vector{0.5f}, 1);
  wide.end_episode(EndKind::terminated);
  CHECK(rejection_of(set_of(1, 1), std::move(wide).build({.path = "wide"})) ==
        "set1 has observations of 2 and actions of 1, but wide has observations of 3 and actions "
        "of 1: "
        "they cannot be combined");
  const auto of_env = [](float value, const std::string& env, const std::string& kwargs = "") {
    DatasetSource source{.env = env, .stated_env = env};
    source.env_kwargs = kwargs;
    return set_of(value, 1, source);
  };
  CHECK_THAT(rejection_of(of_env(1, "hopper"), of_env(2, "Hopper-v5")),
             Contains("set1 is from 'hopper', but set2 is from 'Hopper-v5'") &&
                 Contains("dataset.env_mismatch=allow"));
  CHECK_THAT(rejection_of(of_env(1, "hopper"), of_env(2, "hopper", "{\"a\": 1}")),
             Contains("with other options"));
  CHECK(rejection_of(of_env(1, "hopper"), of_env(2, "Hopper-v5"), true).empty());
  DatasetSource parts;
  parts.observation_layout = "goal[1], place[1]";
  CHECK_THAT(rejection_of(set_of(1, 1), set_of(2, 1, parts)), Contains("(goal 1, place 1)"));
}
