// Checks that all ranks of a run agree, and the start of a run on ranks other than 0.
#pragma once

#include <memory>

#include "agents/learning/learner.h"
#include "agents/runs/run_start.h"

namespace seqrl {

struct RunConfig;
class Communicator;

// Resolves the config of a rank other than 0 in the same way as rank 0 at a start. It starts
// nothing.
std::unique_ptr<RunStart> join_start(RunConfig& config);

// An Error of kind user if a rank has another config than rank 0, naming the keys that differ, or
// if ranks would train on devices that differ. The other ranks do not return until all have
// arrived.
void require_same_config(const RunConfig& config);

// An Error of kind user if a rank learns from other data than rank 0.
void require_same_data(const Learner& learner, Communicator& ranks);

}  // namespace seqrl
