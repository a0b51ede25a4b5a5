// A learner to be measured on random experience.
#pragma once

#include <cstdint>
#include <memory>

#include "agents/config/run_config.h"
#include "agents/learning/learner.h"
#include "configs/base/thread_pool.h"

namespace seqrl::tools::bench {

// A learner and its threads. It learns from random experience or, if the agent itself acts, from
// its own. It is warm: it has done the work before the first real step, and a few real steps.
struct Session {
  Session(const RunConfig& config, int threads);

  // Runs `steps` steps and waits for them.
  void run(std::int64_t steps);

  ThreadPool pool;
  std::unique_ptr<Learner> learner;
  std::int64_t step = 0;
};

// The floating-point operations of one step's matrix products and of Mamba's scan, counted in one
// process on a single thread. Other operations do not count.
double flops_of_a_step(RunConfig config);

}  // namespace seqrl::tools::bench
