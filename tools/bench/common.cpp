#include <algorithm>
#include <cmath>

#include "agents/datasets/trajectories_builder.h"
#include "configs/schema/config.h"
#include "envs/registry.h"
#include "tools/bench/bench.h"

namespace seqrl::tools::bench {

RunConfig bench_config(const Settings& settings) {
  const bool is_task = std::ranges::any_of(settings, [](const std::string& setting) {
    return setting.starts_with("task=") || setting.starts_with("task.");
  });
  auto config =
      read_config_text<RunConfig>(is_task ? "{device: cpu}" : "{env: hopper, device: cpu}",
                                  "the benchmark's defaults", settings);
  learning_device(config);  // or throws an Error
  config.resolve();
  return config;
}

AgentSpec bench_spec(const RunConfig& config) {
  const std::unique_ptr<Env> env = make_env(config.env);
  const auto dim = static_cast<std::size_t>(env->observation_space().dim());
  return {.observation_dim = env->observation_space().dim(),
          .action_dim = env->action_space().dim(),
          .context = config.training.context,
          .max_episode_steps = env->max_episode_steps(),
          .dropout = config.training.dropout,
          .observation_mean = std::vector<double>(dim, 0.0),
          .observation_std = std::vector<double>(dim, 1.0),
          .action_choices = env->action_space().choices};
}

Trajectories random_trajectories(const AgentSpec& spec) {
  TrajectoriesBuilder builder(spec.observation_dim, spec.action_dim);
  Random random(0, Purpose::test);
  std::vector<float> observation(static_cast<std::size_t>(spec.observation_dim));
  std::vector<float> action(static_cast<std::size_t>(spec.action_dim));
  const Space choices = Space::discrete(spec.action_choices);  // 0 choices for a box
  for (int episode = 0; episode < 20; ++episode) {
    for (int step = 0; step < 500; ++step) {
      for (float& x : observation) x = static_cast<float>(random.normal());
      for (float& x : action) {
        x = static_cast<float>(choices.is_discrete() ? draw_uniform(choices, 0, random)
                                                     : random.uniform(-1, 1));
      }
      builder.add_step(observation, action, 1.0f);
    }
    builder.end_episode(EndKind::timeout);
  }
  return std::move(builder).build({.action_choices = spec.action_choices});
}

double percentile(std::vector<double>& samples, double p) {
  std::ranges::sort(samples);
  const auto last = static_cast<double>(samples.size() - 1);
  return samples[static_cast<std::size_t>(std::lround(p / 100 * last))];
}

}  // namespace seqrl::tools::bench
