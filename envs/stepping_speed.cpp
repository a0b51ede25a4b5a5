#include "envs/stepping_speed.h"

#include <memory>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/random.h"
#include "configs/base/stopwatch.h"
#include "configs/base/thread_pool.h"
#include "envs/registry.h"

namespace seqrl {

SteppingSpeed measure_stepping(const EnvSection& section, std::int64_t steps, int threads) {
  SEQRL_REQUIRE(steps > 0, "steps must be positive, got {}", steps);
  SEQRL_REQUIRE(threads >= 0, "threads must not be negative, got {}", threads);
  ThreadPool pool(threads);
  // Steps one row at a time, or all rows of an evaluation's group.
  const std::size_t rows = section.shared().is_batched() ? kSteppedTogether : 1;
  const std::int64_t at_once = static_cast<std::int64_t>(rows) * pool.threads();
  const std::int64_t calls = (steps + at_once - 1) / at_once;

  std::vector<std::unique_ptr<EnvBatch>> batches;
  for (int i = 0; i < pool.threads(); ++i) batches.push_back(make_env_batch(section, rows));
  const Space space = bounded(batches.front()->action_space());
  const auto action_size = static_cast<std::size_t>(space.dim());
  constexpr std::size_t kActions = 1024;
  std::vector<double> actions(kActions * action_size);
  Random random(0, Purpose::exploration);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    actions[i] = draw_uniform(space, i % action_size, random);
  }

  const auto play = [&](int thread, std::int64_t count) {
    EnvBatch& envs = *batches[static_cast<std::size_t>(thread)];
    const auto size = static_cast<std::size_t>(envs.observation_space().dim());
    std::vector<double> observations(rows * size);
    const auto observation = [&](std::size_t row) {
      return std::span(observations).subspan(row * size, size);
    };
    std::uint64_t seed = static_cast<std::uint64_t>(thread) << 32;
    std::vector<ResetRow> starts;
    std::vector<StepRow> moves(rows);
    for (std::size_t row = 0; row < rows; ++row) starts.push_back({row, seed++, observation(row)});
    std::size_t next = 0;
    for (std::int64_t call = 0; call < count; ++call) {
      if (!starts.empty()) envs.reset(starts);
      for (std::size_t row = 0; row < rows; ++row, ++next) {
        moves[row] = {
            row,
            std::span<const double>(actions).subspan(next % kActions * action_size, action_size),
            observation(row)};
      }
      envs.step(moves);
      starts.clear();
      for (const StepRow& move : moves) {
        if (move.outcome.done()) starts.push_back({move.slot, seed++, move.observation});
      }
    }
  };
  // The first reset of a batch starts processes.
  if (rows > 1) pool.run(pool.threads(), [&](int thread) { play(thread, 1); });

  const Stopwatch watch;
  pool.run(pool.threads(), [&](int thread) { play(thread, calls); });
  const double seconds = watch.seconds();
  const std::int64_t taken = calls * at_once;
  return {taken, seconds, static_cast<double>(taken) / seconds};
}

}  // namespace seqrl
