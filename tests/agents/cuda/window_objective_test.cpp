#include "agents/offline/window_objective.h"

#include <array>
#include <type_traits>

#include "agents/datasets/merge.h"
#include "agents/datasets/trajectories_builder.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

namespace {

// Episodes of 1, 2, …, 9 steps.
Trajectories data() {
  TrajectoriesBuilder builder(3, 2);
  Random random(1, Purpose::test);
  for (int length = 1; length < 10; ++length) {
    for (int step = 0; step < length; ++step) {
      const auto draw = [&] { return static_cast<float>(random.uniform(-1, 1)); };
      const std::vector<float> observation = {draw(), draw(), draw()}, action = {draw(), draw()};
      builder.add_step(observation, action, draw());
    }
    builder.end_episode(EndKind::terminated);
  }
  return std::move(builder).build();
}

}  // namespace

TEST_CASE("sampling windows on CUDA matches the CPU bit for bit, with and without weights") {
  std::vector<Trajectories> sets;
  sets.push_back(data());
  if (GENERATE(false, true)) sets.push_back(data());
  const std::vector<double> weights = sets.size() == 1 ? std::vector{1.0} : std::vector{1, 2.5};
  const Trajectories trajectories = merge(std::move(sets), weights, false);
  constexpr std::int64_t kRows = 300, kContext = 4;
  constexpr std::uint64_t kSeed = 9;
  DataScale scale = DataScale::of(trajectories, 7);
  scale.actions = ActionScale(std::array{-0.5, 0.0}, std::array{0.75, 3.0});
  const WindowSampler sampler(trajectories, kContext, scale, kSeed);
  Batch expected = sampler.make_batch(kRows);
  const DatasetOnDevice dataset(trajectories, scale, Device::cuda);
  Tape tape(Device::cuda);
  for (const std::uint64_t step : {0ull, 1ull, 5'000'000'000ull}) {
    CAPTURE(step);
    sampler.fill(step, 0, kRows, expected);
    float count = 0;
    for (float mask : expected.mask) count += mask;
    Storage on_device(sizeof step, Device::cuda);
    runtime_of(Device::cuda).write(on_device.data(), &step, sizeof step);
    for (const bool told : {true, false}) {  // step given by the host, or read on the device
      tape.begin({.seed = kSeed,
                  .step = told ? step : 77,
                  .step_on_device =
                      told ? nullptr : reinterpret_cast<const std::uint64_t*>(on_device.data())});
      const Windows windows = draw_windows(tape, dataset.episodes(), {0, kRows, kRows}, kContext);
      CHECK(values_of<float>(windows.observations) == expected.observations);
      CHECK(values_of<float>(windows.actions) == expected.actions);
      CHECK(values_of<float>(windows.returns_to_go) == expected.returns_to_go);
      CHECK(values_of<std::int32_t>(windows.timesteps) == expected.timesteps);
      CHECK(values_of<float>(windows.mask) == expected.mask);
      CHECK(values_of<float>(windows.count) == std::vector{count});

      // A part of the same batch's windows.
      constexpr std::int64_t kFirst = 70, kLast = 201;
      const Windows part = draw_windows(tape, dataset.episodes(), {kFirst, kLast, kRows}, kContext);
      const auto rows = [&](const auto& all) {
        const auto each = std::ssize(all) / kRows;
        return std::decay_t<decltype(all)>(all.begin() + kFirst * each, all.begin() + kLast * each);
      };
      CHECK(values_of<float>(part.observations) == rows(expected.observations));
      CHECK(values_of<float>(part.actions) == rows(expected.actions));
      CHECK(values_of<float>(part.returns_to_go) == rows(expected.returns_to_go));
      CHECK(values_of<std::int32_t>(part.timesteps) == rows(expected.timesteps));
      CHECK(values_of<float>(part.mask) == rows(expected.mask));
      CHECK(values_of<float>(part.count) == std::vector{count});
    }
  }
}
