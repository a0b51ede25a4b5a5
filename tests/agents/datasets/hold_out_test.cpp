#include "agents/datasets/hold_out.h"

#include <set>

#include "configs/base/error.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// `count` episodes; episode i has i % 3 + 1 steps, each with reward i.
Trajectories episodes(int count) {
  std::vector<float> rewards;
  std::vector<Episode> all;
  for (int i = 0; i < count; ++i) {
    all.push_back({std::ssize(rewards), i % 3 + 1, EndKind::timeout});
    rewards.insert(rewards.end(), static_cast<std::size_t>(i % 3 + 1), static_cast<float>(i));
  }
  TransitionArrays arrays{.observation_dim = 1, .action_dim = 1};
  arrays.observations = Buffer<float>(rewards);
  arrays.actions = Buffer<float>(rewards);
  arrays.rewards = Buffer<float>(rewards);
  return Trajectories(std::move(arrays), std::move(all), {.path = "logs.hdf5"});
}

std::vector<float> first_rewards(const Trajectories& data) {
  std::vector<float> rewards;
  for (const Episode& episode : data.episodes()) {
    rewards.push_back(data.rewards()[static_cast<std::size_t>(episode.begin)]);
    for (std::int64_t i = episode.begin; i < episode.begin + episode.length; ++i) {
      const auto at = static_cast<std::size_t>(i);
      CHECK(data.rewards()[at] == rewards.back());
      CHECK(data.observations()[at] == rewards.back());
    }
    CHECK(episode.length == static_cast<int>(rewards.back()) % 3 + 1);
    CHECK(episode.end == EndKind::timeout);
  }
  return rewards;
}

}  // namespace

TEST_CASE("held-out episodes are whole, in order, in one part only, and fixed by the seed") {
  const Trajectories data = episodes(40);
  const HoldOut parts = hold_out(data, 0.1, 7);
  CHECK(parts.held_out.episodes().size() == 4);
  const std::vector<float> held_out = first_rewards(parts.held_out),
                           training = first_rewards(parts.training);
  CHECK(std::ranges::is_sorted(held_out));
  CHECK(std::ranges::is_sorted(training));
  std::set<float> all(held_out.begin(), held_out.end());
  all.insert(training.begin(), training.end());
  CHECK(all.size() == 40);
  CHECK(parts.training.transitions() + parts.held_out.transitions() == data.transitions());
  CHECK(first_rewards(hold_out(data, 0.1, 7).held_out) == held_out);
  CHECK(first_rewards(hold_out(data, 0.1, 8).held_out) != held_out);
}

TEST_CASE("each part has at least one episode, and a single episode cannot be held out") {
  for (const double share : {0.001, 0.5, 0.999}) {
    const HoldOut parts = hold_out(episodes(2), share, 1);
    CHECK(parts.held_out.episodes().size() == 1);
    CHECK(parts.training.episodes().size() == 1);
  }
  CHECK_THROWS_WITH(hold_out(episodes(1), 0.1, 1), Catch::Contains("logs.hdf5: only one episode") &&
                                                       Catch::Contains("dataset.validation=0"));
}
