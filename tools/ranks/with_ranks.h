// A command on the ranks of a job.
#pragma once

#include <functional>

#include "tools/ranks/ranks.h"

namespace seqrl::tools {

// Runs a command, whose exit status it returns: once in a process by itself, or on every rank of
// the job that a launcher started this process for. Then only rank 0 prints. An error of a rank,
// one that dies, or does not answer for rank_timeout() seconds, ends all ranks, with one line of
// rank 0. So does a rank that runs another program. What `asked` says, whether this process is to
// stop, all ranks soon know (Communicator::stop_asked()).
//
// An Error of kind user where this program was built without MPI.
int with_ranks(const std::function<bool()>& asked, const std::function<int(Ranks&)>& command);

}  // namespace seqrl::tools
