// The latency of one action, batch 1, with the state carried: what a control loop waits for.
#include "agents/agent.h"
#include "envs/registry.h"
#include "tools/bench/bench.h"
#include "tools/bench/hardware.h"

namespace seqrl::bench {

nlohmann::ordered_json bench_act(const Settings& settings) {
  const RunConfig config = bench_config(settings);
  const TrainedAgent trained = make_trained_agent(config, bench_problem(config));
  const PackedWeights weights(*trained.parameters, false);
  const auto policy = trained.agent->make_policy(ActMode::stream, weights);
  const Problem& problem = trained.agent->problem();
  const std::vector<double> observation(static_cast<std::size_t>(problem.observation_dim), 0.1);
  std::vector<double> action(static_cast<std::size_t>(problem.action_dim));
  const std::vector<double> target = {config.evaluation.targets.at(0)}, reward = {1.0};

  std::vector<double> seconds;
  for (int episode = 0; episode < 20; ++episode) {
    policy->begin(target);
    for (std::int64_t step = 0; step < problem.max_episode_steps; ++step) {
      const double start = now();
      policy->act(observation, reward, action);
      if (episode > 0 && step > 0) seconds.push_back(now() - start);
    }
  }
  ThreadPool one(1);
  double bytes = 0;  // of the weights that an action reads: all but the table of timesteps
  trained.agent->for_each_parameter([&](const std::string& name, const Parameter& parameter) {
    if (name != "embed_timestep") bytes += static_cast<double>(parameter.value().bytes());
  });
  const double median = percentile(seconds, 50);
  return {{"backbone", learner_name(config)},
          {"parameters", trained.parameters->count()},
          {"actions", seconds.size()},
          {"microseconds_median", median * 1e6},
          {"microseconds_p99_9", percentile(seconds, 99.9) * 1e6},
          {"weights_gb_per_second", bytes / median * 1e-9},
          {"copy_gb_per_second", copy_bandwidth(one)}};
}

}  // namespace seqrl::bench
