// What must be the same on all ranks that make a run together, and the start of the others.
#pragma once

#include <memory>

#include "agents/learning/learner.h"
#include "agents/runs/run_start.h"

namespace seqrl {

struct RunConfig;
class Communicator;

// Resolves the config of a rank other than 0, as rank 0's is where a run starts. It starts nothing.
std::unique_ptr<RunStart> join_start(RunConfig& config);

// An Error of kind user where a rank has another config than rank 0, which names the keys that
// differ, and where ranks would train on devices that are not alike. The other ranks do not return
// until all have come.
void require_same_config(const RunConfig& config);

// An Error of kind user where a rank learns from other data than rank 0.
void require_same_data(const Learner& learner, Communicator& ranks);

}  // namespace seqrl
