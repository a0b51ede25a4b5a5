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
  const std::int64_t each = (steps + pool.threads() - 1) / pool.threads();

  std::vector<std::unique_ptr<Env>> envs;
  for (int i = 0; i < pool.threads(); ++i) envs.push_back(make_env(section));
  const Space space = bounded(envs.front()->action_space());
  const auto action_size = static_cast<std::size_t>(space.dim());
  constexpr std::size_t kActions = 1024;
  std::vector<double> actions(kActions * action_size);
  Random random(0, Purpose::exploration);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const std::size_t j = i % action_size;
    actions[i] = random.uniform(space.low[j], space.high[j]);
  }

  const Stopwatch watch;
  pool.run(pool.threads(), [&](int thread) {
    Env& env = *envs[static_cast<std::size_t>(thread)];
    std::vector<double> observation(static_cast<std::size_t>(env.observation_space().dim()));
    std::uint64_t seed = static_cast<std::uint64_t>(thread) << 32;
    StepOutcome outcome{.terminated = true};
    for (std::int64_t i = 0; i < each; ++i) {
      if (outcome.done()) env.reset(seed++, observation);
      const std::size_t row = static_cast<std::size_t>(i) % kActions;
      outcome = env.step({actions.data() + row * action_size, action_size}, observation);
    }
  });
  const double seconds = watch.seconds();
  const std::int64_t taken = each * pool.threads();
  return {taken, seconds, static_cast<double>(taken) / seconds};
}

}  // namespace seqrl
