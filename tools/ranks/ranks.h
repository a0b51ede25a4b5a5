// The ranks of a job, as a command sees them.
#pragma once

#include <string>

#include "models/training/communicator.h"

namespace seqrl::tools {

// The argument of a command on each rank.
class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual Communicator& communicator() = 0;
  // Sets the advice that rank 0 prints after the error when a rank ends the job.
  virtual void set_advice(std::string advice) = 0;
};

}  // namespace seqrl::tools
