// Runs a command on the ranks of a job.
#pragma once

#include <functional>

#include "tools/ranks/ranks.h"

namespace seqrl::tools {

// Runs a command and returns its exit status: once in a single process, or on every rank of the job
// if a launcher started this process. Then only rank 0 prints. A rank that reports an error, dies,
// or does not answer for rank_timeout() seconds ends all ranks, with one line from rank 0. So does
// a rank that runs another program. `asked` says whether this process should stop; all ranks soon
// learn of it (Communicator::stop_asked()).
//
// An Error of kind user if this program was built without MPI.
int with_ranks(const std::function<bool()>& asked, const std::function<int(Ranks&)>& command);

}  // namespace seqrl::tools
