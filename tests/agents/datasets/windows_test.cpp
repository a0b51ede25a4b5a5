#include "agents/datasets/windows.h"

#include <cmath>
#include <map>

#include "agents/datasets/trajectories_builder.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// Episodes of 1, 3 and 6 steps; observations and actions encode episode and step.
Trajectories numbered() {
  TrajectoriesBuilder builder(3, 1);
  for (const int length : {1, 3, 6}) {
    for (int t = 0; t < length; ++t) {
      builder.add_step(std::vector<float>{float(length), float(t), 0.1f},
                       std::vector<float>{float(10 * length + t)}, 2);
    }
    builder.end_episode(EndKind::timeout);
  }
  return std::move(builder).build();
}

}  // namespace

TEST_CASE("episodes are sampled in proportion to their length, with uniform starts") {
  const Trajectories data = numbered();
  const WindowSampler sampler(data, 4, 1, 7);
  std::map<std::pair<std::int64_t, std::int64_t>, int> drawn;
  const int draws = 100'000;
  for (int step = 0; step < draws / 10; ++step) {
    for (int row = 0; row < 10; ++row) {
      const Window window = sampler.window(static_cast<std::uint64_t>(step), row);
      const std::int64_t length = data.episodes()[static_cast<std::size_t>(window.episode)].length;
      REQUIRE(window.length == std::min<std::int64_t>(4, length - window.start));
      ++drawn[{window.episode, window.start}];
    }
  }
  // Every (episode, start) has probability 1/10; five standard deviations of a binomial.
  CHECK(drawn.size() == 10);
  for (const auto& [place, count] : drawn) {
    CHECK(std::abs(count - draws / 10) < 5 * std::sqrt(draws * 0.09));
  }
}

TEST_CASE("a window has its episode's values and zero padding after the episode's end") {
  const Trajectories data = numbered();
  const double scale = 4;
  const std::int64_t context = 4;
  const WindowSampler sampler(data, context, scale, 3);
  Batch batch = sampler.make_batch(50);
  for (auto* values : {&batch.observations, &batch.actions, &batch.returns_to_go, &batch.mask}) {
    std::fill(values->begin(), values->end(), NAN);  // previous contents are overwritten
  }
  std::fill(batch.timesteps.begin(), batch.timesteps.end(), -1);
  sampler.fill(12, 0, 50, batch);
  int padded = 0;
  for (std::int64_t row = 0; row < 50; ++row) {
    const Window window = sampler.window(12, row);
    const std::int64_t length = data.episodes()[static_cast<std::size_t>(window.episode)].length;
    for (std::int64_t t = 0; t < context; ++t) {
      const auto i = static_cast<std::size_t>(row * context + t);
      const std::int64_t step = window.start + t;
      const bool real = step < length;
      padded += !real;
      CHECK(batch.mask[i] == (real ? 1 : 0));
      CHECK(batch.timesteps[i] == (real ? step : 0));
      CHECK(batch.actions[i] == (real ? static_cast<float>(10 * length + step) : 0));
      CHECK(batch.returns_to_go[i] == (real ? static_cast<float>(2 * (length - step)) / 4 : 0));
      for (std::size_t d = 0; d < 3; ++d) {
        const float raw = std::vector<float>{float(length), float(step), 0.1f}[d];
        const double normalized =
            (raw - data.observation_mean()[d]) / (data.observation_std()[d] + 1e-6);
        CHECK(batch.observations[3 * i + d] == Approx(real ? normalized : 0).margin(1e-7));
      }
    }
  }
  CHECK(padded > 0);
  // The third dimension never changes: exactly zero, not rounding error divided by 1e-6.
  CHECK(std::abs(batch.observations[2]) < 1e-9);
}

TEST_CASE("a batch depends on seed and step, not on how its rows are divided") {
  const Trajectories data = numbered();
  const WindowSampler sampler(data, 4, 1, 7);
  Batch whole = sampler.make_batch(16), parts = sampler.make_batch(16);
  sampler.fill(5, 0, 16, whole);
  for (const std::int64_t first : {12, 4, 0, 8}) sampler.fill(5, first, first + 4, parts);
  CHECK(parts.observations == whole.observations);
  CHECK(parts.actions == whole.actions);
  CHECK(parts.timesteps == whole.timesteps);
  sampler.fill(6, 0, 16, parts);
  CHECK(parts.actions != whole.actions);
  WindowSampler(data, 4, 1, 8).fill(5, 0, 16, parts);
  CHECK(parts.actions != whole.actions);
}

TEST_CASE("a context of one step and one longer than every episode are valid") {
  const Trajectories data = numbered();
  for (const std::int64_t context : {1, 100}) {
    const WindowSampler sampler(data, context, 1, 1);
    Batch batch = sampler.make_batch(8);
    sampler.fill(0, 0, 8, batch);
    for (std::int64_t row = 0; row < 8; ++row) {
      CHECK(batch.mask[static_cast<std::size_t>(row * context)] == 1);
      CHECK(sampler.window(0, row).length <= 6);
    }
  }
}

TEST_CASE("invalid sampler settings are rejected") {
  const Trajectories data = numbered();
  CHECK_THAT(rejection([&] { WindowSampler(data, 0, 1, 1); }), ContainsSubstring("context"));
  CHECK_THAT(rejection([&] { WindowSampler(data, 1, 0, 1); }), ContainsSubstring("return scale"));
  CHECK_THAT(rejection([&] { WindowSampler(data, 1, 1, 1).make_batch(0); }),
             ContainsSubstring("at least 1 window"));
}

TEST_CASE("choices in windows are one-hot, with zeros in the padding") {
  TrajectoriesBuilder builder(1, 1);
  for (const float choice : {2.0f, 0.0f, 1.0f}) {
    builder.add_step(std::vector<float>{choice}, std::vector<float>{choice}, 1);
  }
  builder.end_episode(EndKind::terminated);
  const Trajectories data = std::move(builder).build({.action_choices = 3});
  const WindowSampler sampler(data, 4, 1, 3);
  Batch batch = sampler.make_batch(1);
  CHECK(batch.action_dim == 3);
  std::ranges::fill(batch.actions, NAN);
  sampler.fill_row({0, 0, 3}, 0, batch);
  CHECK(batch.actions == std::vector<float>{0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0});
}
