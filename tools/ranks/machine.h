// The machine that a rank runs on, and how the ranks of one machine share it.
#pragma once

#include <string>
#include <vector>

#include "configs/base/machine.h"

namespace seqrl::tools {

// The place where a process runs.
struct Place {
  ProcessAddress process;
  std::vector<int> processors;  // that it may run on

  static Place of_this_process();
  std::string text() const;
  static Place from_text(const std::string& text);
};

// The number of ranks on the machine of `rank` that come before it.
int number_on_machine(int rank, const std::vector<Place>& places);

// Threads for rank `rank`, at least 1. Each of its processors is shared among the ranks that may
// run on it.
int threads_of(int rank, const std::vector<Place>& places);

}  // namespace seqrl::tools
