// A training step of any agent and backbone, on random experience.
#include <memory>

#include "agents/training_run.h"
#include "models/ops/cpu/gemm.h"
#include "tools/bench/bench.h"
#include "tools/bench/hardware.h"

namespace seqrl::bench {
namespace {

// One agent, its trainer and the threads they run on.
struct Session {
  Session(const RunConfig& config, const Trajectories& data, int threads)
      : trained(make_trained_agent(config, bench_problem(config))),
        objective(*trained.agent, data, config),
        pool(threads),
        trainer(
            *trained.parameters, objective,
            {.batch = config.training.batch,
             .shards = config.training.shards,
             .adamw = {.weight_decay = config.training.weight_decay, .clip = config.training.clip}},
            pool) {}

  TrainedAgent trained;
  WindowObjective objective;
  ThreadPool pool;
  Trainer trainer;
};

// Matrix products of one step, counted on a single thread. Everything else counts as nothing.
double flops_of_a_step(const RunConfig& config, const Trajectories& data) {
  Session session(config, data, 1);
  const std::uint64_t before = cpu::matrix_flops();
  session.trainer.step(0);
  return static_cast<double>(cpu::matrix_flops() - before);
}

}  // namespace

nlohmann::ordered_json bench_train(const Settings& settings) {
  RunConfig config = bench_config(settings);
  const Trajectories data = random_trajectories(bench_problem(config));
  const double flops = flops_of_a_step(config, data);
  Session session(config, data, config.training.threads);
  std::int64_t step = 0;
  for (; step < 5; ++step) session.trainer.step(step);  // warm

  // The median over short stretches: a neighbour's burst does not count.
  const double peak = peak_gflops(session.pool);
  std::vector<double> seconds;
  const double begin = now();
  while (now() - begin < 5 || seconds.size() < 10) {
    const double start = now();
    session.trainer.step(step++);
    seconds.push_back(now() - start);
  }
  const double median = percentile(seconds, 50);
  const double gflops = flops / median * 1e-9;
  return {{"backbone", learner_name(config)},
          {"device", "cpu"},
          {"threads", session.pool.threads()},
          {"dim", config.backbone.shared().dim},
          {"layers", config.backbone.shared().layers},
          {"batch", config.training.batch},
          {"context", config.training.context},
          {"parameters", session.trained.parameters->count()},
          {"steps_per_second", 1 / median},
          {"milliseconds_per_step", median * 1e3},
          {"gflop_per_step", flops * 1e-9},
          {"gflops", gflops},
          {"peak_gflops", peak},
          {"share_of_peak", gflops / peak}};
}

}  // namespace seqrl::bench
