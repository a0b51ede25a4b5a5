#include "models/ops/windows.h"

#include <algorithm>
#include <vector>

#include "configs/base/random.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

namespace {

template <typename T>
Tensor resident(Storage& storage, Shape shape, const std::vector<T>& values) {
  storage = Storage(values.size() * sizeof(T), Device::cuda);
  const Tensor tensor(storage.data(), shape, dtype_of<T>(), Device::cuda);
  write<T>(values, tensor);
  return tensor;
}

}  // namespace

TEST_CASE("windows on CUDA start at the batch's random positions and end with their episode") {
  constexpr std::int64_t kEpisodes = 5, kLength = 6, kTransitions = kEpisodes * kLength;
  constexpr std::int64_t kRows = 40, kContext = 4;
  std::vector<float> observations, actions, returns_to_go;
  std::vector<std::int32_t> timesteps, remaining;
  for (std::int32_t i = 0; i < kTransitions; ++i) {  // every number shows its position
    observations.insert(observations.end(), {1.0f * i, 100.0f + i});
    actions.push_back(200.0f + i);
    returns_to_go.push_back(300.0f + i);
    timesteps.push_back(i % kLength);
    remaining.push_back(kLength - i % kLength);
  }
  Storage storage[5];
  const ResidentEpisodes episodes{
      .observations = resident<float>(storage[0], {kTransitions, 2}, observations),
      .actions = resident<float>(storage[1], {kTransitions, 1}, actions),
      .returns_to_go = resident<float>(storage[2], {kTransitions}, returns_to_go),
      .timesteps = resident<std::int32_t>(storage[3], {kTransitions}, timesteps),
      .remaining = resident<std::int32_t>(storage[4], {kTransitions}, remaining)};
  Tape tape(Device::cuda);
  tape.begin({.seed = 3, .step = 11});
  const Windows windows = draw_windows(tape, episodes, {0, kRows, kRows}, kContext);
  const auto seen = values_of<float>(windows.observations),
             acted = values_of<float>(windows.actions),
             asked = values_of<float>(windows.returns_to_go), mask = values_of<float>(windows.mask);
  const auto times = values_of<std::int32_t>(windows.timesteps);
  float count = 0;
  for (std::size_t row = 0; row < kRows; ++row) {
    Random random(3, Purpose::batch, 11, static_cast<std::uint32_t>(row));
    const auto start = static_cast<std::size_t>(random.below(kTransitions));
    const auto length = std::min<std::size_t>(kContext, kLength - start % kLength);
    count += static_cast<float>(length);
    for (std::size_t t = 0; t < kContext; ++t) {
      const std::size_t at = row * kContext + t;
      const bool real = t < length;
      const auto expected = [&](float base) {
        return real ? base + static_cast<float>(start + t) : 0.0f;
      };
      CHECK(seen[2 * at] == expected(0));
      CHECK(seen[2 * at + 1] == expected(100));
      CHECK(acted[at] == expected(200));
      CHECK(asked[at] == expected(300));
      CHECK(times[at] == (real ? static_cast<std::int32_t>((start + t) % kLength) : 0));
      CHECK(mask[at] == (real ? 1.0f : 0.0f));
    }
  }
  CHECK(values_of<float>(windows.count) == std::vector{count});
}
