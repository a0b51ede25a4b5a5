// A training step of any agent and backbone on random experience, or of a task.
#include <nlohmann/json.hpp>

#include "agents/learning/learner_kind.h"
#include "agents/learning/trainer_options.h"
#include "configs/base/stopwatch.h"
#include "models/core/profile.h"
#include "models/ops/flops.h"
#include "models/ops/instruction_set.h"
#include "tools/bench/bench.h"
#include "tools/bench/hardware.h"
#include "tools/bench/session.h"

namespace seqrl::tools::bench {
namespace {

nlohmann::ordered_json row_of(const char* op, const Profile::Part& forward,
                              const Profile::Part& backward, double steps, double whole) {
  const double seconds = forward.seconds + backward.seconds;
  const auto flops = static_cast<double>(forward.work + backward.work);
  return {{"op", op},
          {"calls", static_cast<double>(forward.calls) / steps},
          {"forward_ms", forward.seconds / steps * 1e3},
          {"backward_ms", backward.seconds / steps * 1e3},
          {"share", seconds / whole},
          {"gflops", flops / seconds * 1e-9}};
}

// The time of a step by op, as a list of rows. On one thread of the CPU.
nlohmann::ordered_json profile_of_a_step(RunConfig config) {
  config.device = "cpu";
  config.training.precision = "float32";
  Session session(config, 1);
  Profile profile(counted_flops);
  std::int64_t steps = 0;
  const Stopwatch watch;
  for (; watch.seconds() < 5; ++steps) session.run(1);
  const double whole = watch.seconds();
  auto rows = nlohmann::ordered_json::array();
  Profile::Part outside{.seconds = whole, .calls = static_cast<std::uint64_t>(steps)};
  for (const auto& [op, forward, backward] : profile.entries()) {
    rows.push_back(row_of(op.c_str(), forward, backward, static_cast<double>(steps), whole));
    outside.seconds -= forward.seconds + backward.seconds;
  }
  rows.push_back(
      row_of("(outside: optimizer, sums)", outside, {}, static_cast<double>(steps), whole));
  return rows;
}

// The sizes on which a step's cost depends; those that the learner does not have are left out.
nlohmann::ordered_json sizes_of(const RunConfig& config) {
  nlohmann::ordered_json sizes;
  if (config.trains_task() || agent_kind(config).reads_sequences) {
    sizes["dim"] = config.backbone.shared().dim;
    sizes["layers"] = config.backbone.shared().layers;
  } else {
    const nlohmann::ordered_json agent = config_json(config).at("agent");
    for (const char* key : {"dim", "layers"}) {
      if (agent.contains(key)) sizes[key] = agent[key];
    }
  }
  sizes["batch"] = learner_kind(config).batch(config);
  if (learns_from_data(config)) sizes["context"] = config.training.context;
  return sizes;
}

}  // namespace

nlohmann::ordered_json bench_train_profile(const Settings& settings) {
  nlohmann::ordered_json result = bench_train(settings);
  result["profile"] = profile_of_a_step(bench_config(settings));
  return result;
}

nlohmann::ordered_json bench_train(const Settings& settings) {
  const RunConfig config = bench_config(settings);
  const double flops = flops_of_a_step(config);
  Session session(config, config.training.threads);

  // The median over short intervals excludes bursts of other work on the machine.
  const Device device = learning_device(config);
  const bool on_gpu = device == Device::cuda;
  const double peak =
      on_gpu ? peak_gflops_of_gpu(trainer_options(config).precision) : peak_gflops(session.pool);
  const std::int64_t stretch = on_gpu ? 20 : 1;  // a GPU's steps are queued, then waited for
  std::vector<double> seconds;
  const Stopwatch all;
  while (all.seconds() < 5 || seconds.size() < 10) {
    const Stopwatch watch;
    session.run(stretch);
    seconds.push_back(watch.seconds() / static_cast<double>(stretch));
  }
  const double median = percentile(seconds, 50);
  const double gflops = flops / median * 1e-9;
  nlohmann::ordered_json result = {{"backbone", learner_name(config)},
                                   {"device", name_of(device)},
                                   {"threads", session.pool.threads()},
                                   {"instruction_set", instruction_set()}};
  result.update(sizes_of(config));
  result.update({{"parameters", session.learner->parameters()},
                 {"steps_per_second", 1 / median},
                 {"milliseconds_per_step", median * 1e3},
                 {"gflop_per_step", flops * 1e-9},
                 {"gflops", gflops},
                 {"peak_gflops", peak},
                 {"share_of_peak", gflops / peak}});
  return result;
}

}  // namespace seqrl::tools::bench
