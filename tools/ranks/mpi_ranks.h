// Runs a command on ranks connected by MPI.
#pragma once

#include <functional>

#include "tools/ranks/launcher.h"
#include "tools/ranks/ranks.h"

namespace seqrl::tools {

// with_ranks() for a process that a launcher has started.
int with_mpi(const Launch& launch, const std::function<bool()>& asked,
             const std::function<int(Ranks&)>& command);

}  // namespace seqrl::tools
