#include "tools/bench/session.h"

#include "agents/learning/learner_kind.h"
#include "models/ops/flops.h"
#include "tools/bench/bench.h"

namespace seqrl::tools::bench {

Session::Session(const RunConfig& config, int threads) : pool(threads) {
  const LearnerKind& kind = learner_kind(config);
  learner = learns_from_data(config)
                ? kind.make(config, random_trajectories(bench_spec(config)), pool)
                : kind.make(config, pool);
  run(5 + kind.idle_steps(config));
}

void Session::run(std::int64_t steps) {
  for (const std::int64_t end = step + steps; step < end; ++step) learner->step(step);
  learner->wait();
}

double flops_of_a_step(RunConfig config) {
  config.device = "cpu";
  config.training.precision = "float32";
  config.ranks = &single_process();
  Session session(config, 1);
  const std::uint64_t before = counted_flops();
  session.run(1);
  return static_cast<double>(counted_flops() - before);
}

}  // namespace seqrl::tools::bench
