// The speed of a Decision Transformer's training step on a GPU.
#pragma once

#include <string>

#include "tools/bench/gpu/decision_transformer_step.h"
#include "tools/bench/gpu/measure.h"

namespace seqrl::tools::bench {

// A step: its time, the rate of its products, the nodes of its captured graph, its memory. `count`
// steps are measured, of which the third is captured and all later ones are replays.
void bench_step(const std::string& backbone, const StepSizes& sizes, Precision precision, int count,
                const Report& report);

// How long `count` steps take one after the other, from nothing to the last one's result.
void bench_run(const std::string& backbone, const StepSizes& sizes, Precision precision, int count,
               const Report& report);

}  // namespace seqrl::tools::bench
