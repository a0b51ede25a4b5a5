#include "agents/evaluation/episode_group.h"

#include <algorithm>

#include "models/backbones/registry.h"
#include "tests/agents/small_agent.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// Plays eight episodes; splits every group after each of the steps in `splits`.
std::vector<EpisodeResult> play(const SmallAgent& small, ActMode mode,
                                const std::vector<int>& splits) {
  std::vector<EpisodeResult> results;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    results.push_back({.target = 400.0 * static_cast<double>(seed), .seed = seed});
  }
  std::vector<EpisodeGroup> groups;
  groups.emplace_back(EnvSection("hopper"), small.agent->make_policy(mode, *small.weights),
                      results);
  const auto playing = [](const EpisodeGroup& group) { return group.size() > 0; };
  for (int step = 0; std::ranges::any_of(groups, playing); ++step) {
    if (std::ranges::find(splits, step) != splits.end()) {
      for (std::size_t i = groups.size(); i-- > 0;) {
        if (groups[i].size() >= 2) groups.push_back(groups[i].split());
      }
    }
    for (EpisodeGroup& group : groups) {
      if (playing(group)) group.step();
    }
  }
  return results;
}

void check_splits(const SmallAgent& small, ActMode mode) {
  const std::vector<EpisodeResult> whole = play(small, mode, {});
  for (const std::vector<int>& splits : {std::vector{0}, {1, 2, 3}, {7}}) {
    const std::vector<EpisodeResult> parts = play(small, mode, splits);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      CHECK(parts[i].total == whole[i].total);
      CHECK(parts[i].length == whole[i].length);
    }
  }
}

}  // namespace

TEST_CASE("for every backbone, an episode's return does not depend on how its group is split") {
  for (const std::string& kind : backbone_names()) {
    for (const ActMode mode : {ActMode::window, ActMode::stream}) {
      INFO(kind << " " << name_of(mode));
      check_splits(SmallAgent("hopper", kind), mode);
    }
  }
}

TEST_CASE("without memory, an episode's return does not depend on how its group is split") {
  check_splits(SmallAgent("hopper", "behavior_cloning"), ActMode::stream);
}
