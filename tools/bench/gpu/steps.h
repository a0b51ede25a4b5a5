// The speed of a Decision Transformer's training step on a GPU.
#pragma once

#include <string>

#include "tools/bench/gpu/decision_transformer_step.h"
#include "tools/bench/gpu/measure.h"

namespace seqrl::tools::bench {

// Reports a step's time, the rate of its products, the nodes of its captured graph, and its memory.
// Measures `count` steps: the third is captured, all later ones are replays.
void bench_step(const std::string& backbone, const StepSizes& sizes, Precision precision, int count,
                const Report& report);

// Reports how long `count` consecutive steps take, from the start to the last step's result.
void bench_run(const std::string& backbone, const StepSizes& sizes, Precision precision, int count,
               const Report& report);

}  // namespace seqrl::tools::bench
