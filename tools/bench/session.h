// A learner that is measured, on random experience.
#pragma once

#include <cstdint>
#include <memory>

#include "agents/config/run_config.h"
#include "agents/learning/learner.h"
#include "configs/base/thread_pool.h"

namespace seqrl::tools::bench {

// A learner of random experience or, where the agent acts itself, of its own, and its threads. It
// is warm: it has done what comes before the first real step, and some of those.
struct Session {
  Session(const RunConfig& config, int threads);

  // So many steps, and waits for them.
  void run(std::int64_t steps);

  ThreadPool pool;
  std::unique_ptr<Learner> learner;
  std::int64_t step = 0;
};

// Matrix products of one step, counted on a single thread of a process by itself. Everything else
// counts as nothing.
double flops_of_a_step(RunConfig config);

}  // namespace seqrl::tools::bench
