#include "envs/rollout.h"

#include <algorithm>
#include <chrono>

#include "configs/base/error.h"
#include "configs/base/random.h"
#include "envs/registry.h"

namespace seqrl {

Rollout::Rollout(std::string_view env, int count, ThreadPool& pool) : pool_(pool) {
  SEQRL_REQUIRE(count > 0, "a rollout needs at least one environment, got {}", count);
  for (int i = 0; i < count; ++i) envs_.push_back(make_env(env));
}

template <typename Task>
void Rollout::each(Task&& task) {
  // More groups than threads, for episodes that end early leave some groups with less to do.
  const int groups = std::min(count(), 4 * pool_.threads());
  pool_.run(groups, [&](int group) {
    const int begin = static_cast<int>(std::int64_t{count()} * group / groups);
    const int end = static_cast<int>(std::int64_t{count()} * (group + 1) / groups);
    for (int i = begin; i < end; ++i) task(static_cast<std::size_t>(i));
  });
}

void Rollout::reset(std::span<const std::uint64_t> seeds, std::span<double> observations) {
  const auto dim = static_cast<std::size_t>(observation_dim());
  SEQRL_CHECK(seeds.size() == envs_.size() && observations.size() == envs_.size() * dim);
  each([&](std::size_t i) { envs_[i]->reset(seeds[i], observations.subspan(i * dim, dim)); });
}

void Rollout::step(std::span<const double> actions, std::span<double> observations,
                   std::span<Outcome> outcomes) {
  const auto observation_size = static_cast<std::size_t>(observation_dim());
  const auto action_size = static_cast<std::size_t>(action_dim());
  SEQRL_CHECK(actions.size() == envs_.size() * action_size);
  SEQRL_CHECK(observations.size() == envs_.size() * observation_size);
  SEQRL_CHECK(outcomes.size() == envs_.size());
  each([&](std::size_t i) {
    if (outcomes[i].done()) return;
    outcomes[i] = envs_[i]->step(actions.subspan(i * action_size, action_size),
                                 observations.subspan(i * observation_size, observation_size));
  });
}

SteppingSpeed measure_stepping(std::string_view name, std::int64_t steps, int threads) {
  make_env(name);  // says what is wrong with the name
  return measure_stepping(EnvSection(name), steps, threads);
}

SteppingSpeed measure_stepping(const EnvSection& section, std::int64_t steps, int threads) {
  SEQRL_REQUIRE(steps > 0, "steps must be positive, got {}", steps);
  SEQRL_REQUIRE(threads >= 0, "threads must not be negative, got {}", threads);
  ThreadPool pool(threads);
  const std::int64_t each = (steps + pool.threads() - 1) / pool.threads();

  std::vector<std::unique_ptr<Env>> envs;
  for (int i = 0; i < pool.threads(); ++i) envs.push_back(make_env(section));
  const Space space = envs.front()->action_space();
  const auto action_size = static_cast<std::size_t>(space.dim());
  constexpr std::size_t kActions = 1024;
  std::vector<double> actions(kActions * action_size);
  Random random(0, Purpose::exploration);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const std::size_t j = i % action_size;
    // Controls without limits are driven gently: there is no uniform draw without them.
    actions[i] = random.uniform(std::max(space.low[j], -1.0), std::min(space.high[j], 1.0));
  }

  const auto start = std::chrono::steady_clock::now();
  pool.run(pool.threads(), [&](int thread) {
    Env& env = *envs[static_cast<std::size_t>(thread)];
    std::vector<double> observation(static_cast<std::size_t>(env.observation_space().dim()));
    std::uint64_t seed = static_cast<std::uint64_t>(thread) << 32;
    Outcome outcome{.terminated = true};
    for (std::int64_t i = 0; i < each; ++i) {
      if (outcome.done()) env.reset(seed++, observation);
      const std::size_t row = static_cast<std::size_t>(i) % kActions;
      outcome = env.step({actions.data() + row * action_size, action_size}, observation);
    }
  });
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const std::int64_t taken = each * pool.threads();
  return {taken, seconds.count(), static_cast<double>(taken) / seconds.count()};
}

}  // namespace seqrl
