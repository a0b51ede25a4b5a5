// The ranks of a job, as a command sees them.
#pragma once

#include <string>

#include "models/training/communicator.h"

namespace seqrl::tools {

// What a command is given on each rank.
class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual Communicator& communicator() = 0;
  // What rank 0 says, after what happened, where the job ends because of a rank.
  virtual void set_advice(std::string advice) = 0;
};

}  // namespace seqrl::tools
