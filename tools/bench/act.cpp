// The latency of one action, batch 1, with the state carried: the wait of a control loop.
// `backbone=all` measures each backbone in turn.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "agents/policies/actor.h"
#include "configs/base/stopwatch.h"
#include "models/backbones/registry.h"
#include "models/ops/flops.h"
#include "tools/bench/bench.h"
#include "tools/bench/hardware.h"

namespace seqrl::tools::bench {
namespace {

nlohmann::ordered_json bench_one(const RunConfig& config, double peak) {
  require_no_gpu(config.device, "bench act runs");
  Actor actor(make_trained_agent(config, bench_spec(config)));
  const AgentSpec& spec = actor.trained().agent->spec();
  const std::vector<double> observation(static_cast<std::size_t>(spec.observation_dim), 0.1);

  std::vector<double> seconds;
  const std::uint64_t flops_before = counted_flops();
  std::int64_t acted = 0;
  for (int episode = 0; episode < 20; ++episode) {
    actor.reset();
    for (std::int64_t step = 0; step < spec.max_episode_steps; ++step) {
      const Stopwatch watch;
      actor.act(observation, 1.0);
      ++acted;
      if (episode > 0 && step > 0) seconds.push_back(watch.seconds());
    }
  }
  const double flops =
      static_cast<double>(counted_flops() - flops_before) / static_cast<double>(acted);
  double bytes = 0;  // of the weights that an action reads: all but the table of timesteps
  actor.trained().agent->for_each_parameter(
      [&](const std::string& name, const Parameter& parameter) {
        if (name != "embed_timestep") bytes += static_cast<double>(parameter.value().bytes());
      });
  const double median = percentile(seconds, 50);
  return {{"backbone", learner_name(config)},
          {"parameters", actor.trained().parameters->count()},
          {"actions", seconds.size()},
          {"microseconds_median", median * 1e6},
          {"microseconds_p99_9", percentile(seconds, 99.9) * 1e6},
          {"weights_gb_per_second", bytes / median * 1e-9},
          {"gflops", flops / median * 1e-9},
          {"share_of_peak", flops / median * 1e-9 / peak}};
}

}  // namespace

nlohmann::ordered_json bench_act(const Settings& settings) {
  ThreadPool one(1);
  const double peak = peak_gflops(one);
  Settings rest = settings;
  if (std::erase(rest, "backbone=all") == 0) {
    nlohmann::ordered_json result = bench_one(bench_config(settings), peak);
    result["peak_gflops"] = peak;
    result["copy_gb_per_second"] = copy_bandwidth(one);
    return result;
  }
  register_builtin_backbones();
  nlohmann::ordered_json backbones = nlohmann::ordered_json::array();
  for (const std::string& kind : backbone_names()) {
    Settings chosen = rest;
    chosen.insert(chosen.begin(), "backbone=" + kind);
    backbones.push_back(bench_one(bench_config(chosen), peak));
  }
  return {
      {"backbones", backbones}, {"peak_gflops", peak}, {"copy_gb_per_second", copy_bandwidth(one)}};
}

}  // namespace seqrl::tools::bench
